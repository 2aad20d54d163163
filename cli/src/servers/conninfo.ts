/** A connection string of libpq, as subscriptions and standbys need it. */
export function conninfo(values: Record<string, string | number>): string {
  return Object.entries(values).map(([key, value]) => `${key}='${String(value).replace(/[\\']/g, '\\$&')}'`).join(' ');
}
