import { Fn, Lazy } from 'aws-cdk-lib';
import { checkCidr, knownToOverlap } from '../../src/core';

describe('checkCidr', () => {
  const check = (cidr: string) => () => checkCidr('cidr', cidr, 16, 24);

  test.each([
    '10.0.0.0/16', '10.0.0.0/24', '10.255.255.0/24', '172.16.0.0/20', '192.168.16.0/20', '192.168.255.0/24', '100.64.0.0/16',
  ])('allows %s', (cidr) => {
    expect(check(cidr)).not.toThrow();
  });

  test.each([
    ['too large', '10.0.0.0/15'],
    ['too small', '10.0.0.0/25'],
    ['off its boundary by an address', '10.0.0.1/16'],
    ['off its boundary by a block', '10.1.0.0/15'],
    ['off the boundary of a /20', '10.0.8.0/20'],
    ['an octet too large', '10.0.256.0/24'],
    ['a prefix too large', '10.0.0.0/33'],
    ['no prefix', '10.0.0.0'],
    ['an empty prefix', '10.0.0.0/'],
    ['a negative prefix', '10.0.0.0/-16'],
    ['an octet too few', '10.0.0/16'],
    ['an octet too many', '10.0.0.0.0/16'],
    ['a netmask', '10.0.0.0/255.255.0.0'],
    ['hexadecimal', '0xa.0.0.0/16'],
    ['a space before', ' 10.0.0.0/16'],
    ['a line break after', '10.0.0.0/16\n'],
    ['leading zeros, which some tools read as octal', '010.0.0.0/16'],
    ['IPv6', 'fd00::/56'],
    ['a word', 'default'],
    ['nothing', ''],
  ])('refuses %s: %p', (_, cidr) => {
    expect(check(cidr)).toThrow(new Error(
      `cidr: got '${cidr}', allowed: an IPv4 CIDR with a prefix from /16 to /24 whose host bits are zero, such as '10.0.0.0/16'`,
    ));
  });

  test('takes its limits from the caller', () => {
    expect(() => checkCidr('serviceCidr', '10.0.0.0/16', 20, 22)).toThrow(new Error(
      "serviceCidr: got '10.0.0.0/16', allowed: an IPv4 CIDR with a prefix from /20 to /22 whose host bits are zero, such as '10.0.0.0/20'",
    ));
    expect(() => checkCidr('serviceCidr', '10.0.0.0/22', 20, 22)).not.toThrow();
  });

  test('suggests a CIDR that it allows itself', () => {
    expect(() => checkCidr('cidr', '10.0.0.0/16', 16, 16)).not.toThrow();
  });
});

describe('knownToOverlap', () => {
  test.each([
    ['the same', '10.0.0.0/16', '10.0.0.0/16', true],
    ['one inside the other', '10.0.0.0/16', '10.0.255.0/24', true],
    ['everything and anything', '0.0.0.0/0', '192.168.0.0/24', true],
    ['one address of a block', '10.0.0.255/32', '10.0.0.0/24', true],
    ['the same first octets in the upper half of all addresses', '192.168.0.0/16', '192.168.128.0/17', true],
    ['neighbours', '10.0.0.0/16', '10.1.0.0/16', false],
    ['neighbours inside an octet', '10.0.0.0/20', '10.0.16.0/20', false],
    ['neighbours in the middle of all addresses', '127.255.0.0/16', '128.0.0.0/16', false],
    ['far apart', '10.0.0.0/8', '192.168.0.0/16', false],
  ])('%s: %s and %s', (_, one, other, expected) => {
    expect(knownToOverlap(one, other)).toBe(expected);
    expect(knownToOverlap(other, one)).toBe(expected);
  });

  test.each([
    ['unknown', undefined],
    ['a token', Fn.importValue('VpcCidr')],
    ['a lazy value', Lazy.string({ produce: () => '10.0.0.0/16' })],
    ['no CIDR', 'pl-0123456789abcdef0'],
  ])('says no where one is %s', (_, cidr) => {
    expect(knownToOverlap(cidr, '10.0.0.0/16')).toBe(false);
    expect(knownToOverlap('10.0.0.0/16', cidr)).toBe(false);
    expect(knownToOverlap(cidr, cidr)).toBe(false);
  });
});
