import { checkFaults, FAULT_NAMES, FAULT_STEPS, isToBeRefused, parseCount, parseFault } from '../../src/rehearsal/options';

describe('a fault', () => {
  test.each(['source-crash', 'target-crash', 'handler-lost'])('%s strikes at a step of its own', (name) => {
    expect(FAULT_STEPS).toContain(parseFault(name).step);
  });

  test.each(['long-transaction', 'schema-drift', 'table-added', 'corrupt-row'])('%s is there before the transfer, and has no step', (name) => {
    expect(parseFault(name)).toEqual({ name });
    expect(() => parseFault(`${name}:flip`)).toThrow(`step of ${name}: got 'flip', allowed: none`);
  });

  test.each(FAULT_NAMES)('%s: authority stays where it is only when it is found before', (name) => {
    expect(isToBeRefused({ faults: [parseFault(name)] })).toBe(['schema-drift', 'table-added', 'corrupt-row'].includes(name));
  });

  test('of a transfer never strikes where one is found before it', () => {
    const faults = ['corrupt-row', 'handler-lost'].map(parseFault);
    expect(() => checkFaults(faults)).toThrow('fault: got handler-lost with one that is found before a transfer begins, allowed: either');
    expect(() => checkFaults(['corrupt-row', 'table-added'].map(parseFault))).not.toThrow();
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
