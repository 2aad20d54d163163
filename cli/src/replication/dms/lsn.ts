const HALF = 2n ** 32n;

/** A position in the log as a number. */
export function parseLsn(text: string): bigint {
  const [high, low] = text.split('/').map((part) => BigInt(`0x${part}`));
  return high * HALF + low;
}

export function formatLsn(lsn: bigint): string {
  return `${(lsn / HALF).toString(16)}/${(lsn % HALF).toString(16)}`.toUpperCase();
}
