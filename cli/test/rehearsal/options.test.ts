import { FAULT_NAMES, FAULT_STEPS, parseCount, parseFault } from '../../src/rehearsal/options';

describe('a fault', () => {
  test.each(FAULT_NAMES)('%s strikes at a step of its own', (name) => {
    const { step } = parseFault(name);
    expect(FAULT_STEPS).toContain(step);
  });

  test('strikes at the step that is named', () => {
    expect(parseFault('handler-lost:open-row')).toEqual({ name: 'handler-lost', step: 'open-row' });
  });

  test.each([
    ['earthquake', "fault: got 'earthquake', allowed: source-crash, target-crash, long-transaction, handler-lost"],
    ['handler-lost:lunch', "step of handler-lost: got 'lunch', allowed: look, close"],
    ['handler-lost:', "step of handler-lost: got ''"],
    ['handler-lost:flip:again', "fault: got 'handler-lost:flip:again'"],
    ['', "fault: got ''"],
  ])('%s is refused', (text, message) => {
    expect(() => parseFault(text)).toThrow(message);
  });
});

describe('a count', () => {
  const parse = parseCount('rate', 1, 5_000);

  test.each([['1', 1], ['5000', 5_000]])('%s is taken', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  test.each(['0', '5001', '-1', '1.5', '1e3', 'many', ''])('%s is refused', (text) => {
    expect(() => parse(text)).toThrow(`rate: got '${text}', allowed: a whole number from 1 to 5000`);
  });
});
