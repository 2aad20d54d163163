import { PortTakenError, withFreePort } from '../../src/servers/free-port';

test('another port is tried when the first was taken in between', async () => {
  const tried: number[] = [];
  const used = await withFreePort(async (port) => {
    tried.push(port);
    if (tried.length < 3) throw new PortTakenError('taken');
    return port;
  });
  expect(tried).toHaveLength(3);
  expect(used).toBe(tried[2]);
});

test('other errors are not tried again', async () => {
  let tries = 0;
  await expect(withFreePort(() => {
    tries += 1;
    return Promise.reject(new Error('broken'));
  })).rejects.toThrow('broken');
  expect(tries).toBe(1);
});

test('no port is among those that systems give to outgoing connections', async () => {
  for (let tries = 0; tries < 20; tries += 1) expect(await withFreePort((port) => Promise.resolve(port))).toBeLessThan(32_768);
});
