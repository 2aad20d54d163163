import { Token } from 'aws-cdk-lib';
import { invalidInput } from './checks';

// A leading zero is octal to some, decimal to others.
const NUMBER = '(0|[1-9]\\d{0,2})';
const IPV4 = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}\\.${NUMBER}/${NUMBER}$`);

interface Block {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** Checks that a CIDR is well-formed, starts on its own boundary and is as large as asked. */
export function checkCidr(prop: string, cidr: string, minPrefix: number, maxPrefix: number): void {
  const block = parse(cidr);
  if (!block || block.prefix < minPrefix || block.prefix > maxPrefix) {
    throw invalidInput(prop, cidr, `an IPv4 CIDR with a prefix from /${minPrefix} to /${maxPrefix} whose host bits are zero, such as '10.0.0.0/${minPrefix}'`);
  }
}

/** Whether two CIDRs are both known, and share an address. */
export function knownToOverlap(one: string | undefined, other: string | undefined): boolean {
  const [a, b] = [parse(one), parse(other)];
  return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
}

function parse(cidr: string | undefined): Block | undefined {
  if (cidr === undefined || Token.isUnresolved(cidr)) return undefined;
  const match = IPV4.exec(cidr);
  if (!match) return undefined;
  const [octets, prefix] = [match.slice(1, 5).map(Number), Number(match[5])];
  if (octets.some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = octets.reduce((address, octet) => address * 256 + octet, 0);
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1, prefix } : undefined;
}
