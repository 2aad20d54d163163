import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDatabase } from '../src/connection';

const secretOf = (url: string, env: NodeJS.ProcessEnv = {}) => JSON.parse(parseDatabase('source', url, env).secret) as Record<string, unknown>;

describe('a connection URL', () => {
  test('says login, host, port and database', () => {
    expect(secretOf('postgresql://app:p%40ss@db.example.com:6432/payments')).toEqual({ username: 'app', password: 'p@ss', host: 'db.example.com', port: 6432 });
    expect(parseDatabase('source', 'postgres://app:x@db.example.com/pay%20ments?sslmode=verify-full').databaseName).toBe('pay ments');
  });

  test('has the usual port, and the password from PGPASSWORD, where it names none', () => {
    expect(secretOf('postgresql://app@db.example.com/payments', { PGPASSWORD: 'secret' })).toMatchObject({ port: 5432, password: 'secret' });
  });

  test('may name the authorities that signed the server\'s certificate', () => {
    const folder = mkdtempSync(join(tmpdir(), 'connection-test-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), 'PEM');
      expect(secretOf(`postgresql://app:x@db.example.com/payments?sslrootcert=${join(folder, 'ca.pem')}`)).toMatchObject({ certificateAuthority: 'PEM' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['payments', 'what is no URL'],
    ['mysql://app:x@db/payments', 'a URL of mysql:'],
    ['postgresql://app:x@db/payments?sslmode=require', 'sslmode=require, which does not check who answers'],
    ['postgresql://app:x@db/payments?options=-c', 'the parameter options'],
    ['postgresql://db/payments', 'no login'],
    ['postgresql://app@db/payments', 'no password'],
    ['postgresql://app:x@db', 'no name of one database'],
    ['postgresql://app:x@db/payments?sslrootcert=/nowhere/ca.pem', 'an sslrootcert that cannot be read (ENOENT)'],
  ])('%s is refused', (url, what) => {
    expect(() => parseDatabase('source', url, {})).toThrow(`source: got ${what}, allowed: a URL such as`);
  });

  test('is never told as it was given: it may hold a password', () => {
    expect(() => parseDatabase('source', 'mysql://app:hunter2@db/payments', {})).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }) as Error);
  });
});
