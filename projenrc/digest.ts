/** What a digest needs to know of a CloudFormation template. */
export interface Template {
  readonly Resources?: { readonly [logicalId: string]: Resource };
}

interface Resource {
  readonly Type: string;
  readonly Properties?: { readonly [name: string]: unknown };
  readonly Metadata?: { readonly [name: string]: unknown };
}

type Naming = (properties: NonNullable<Resource['Properties']>) => string | undefined;

/** What AWS bills by the hour, used or not; keys and secrets are billed by the month. */
const HOURLY: { readonly [type: string]: Naming } = {
  'AWS::EC2::EIP': () => 'public address',
  'AWS::EC2::NatGateway': () => 'NAT gateway',
  'AWS::EC2::TransitGatewayAttachment': () => 'transit gateway attachment',
  'AWS::EC2::VPCEndpoint': ({ VpcEndpointType, SubnetIds }) => (
    VpcEndpointType === 'Interface' ? `interface endpoint in ${(SubnetIds as unknown[]).length} zones` : undefined
  ),
  'AWS::RDS::DBInstance': ({ DBInstanceClass }) => String(DBInstanceClass),
};

const HEADINGS = ['side', 'part', 'resources', 'what', 'billed by the hour'];

/** A table of a template of one migration: for each part of each side, how much there is of what. */
export function digest(template: Template): string {
  const parts = new Map<string, { side: string; part: string; resources: Resource[] }>();
  for (const resource of Object.values(template.Resources ?? {})) {
    const place = placeOf(resource);
    const key = `${place.side} ${place.part}`;
    const entry = parts.get(key) ?? { ...place, resources: [] };
    entry.resources.push(resource);
    parts.set(key, entry);
  }
  const rows = [...parts.values()].map(({ side, part, resources }) => [
    side,
    part,
    String(resources.length),
    count(resources.map(serviceOf), (service, times) => `${service} ${times}`),
    count(resources.flatMap(hourlyOf), (name, times) => `${times} x ${name}`),
  ]);
  return align([HEADINGS, ...rows]);
}

/** A migration's id stands between the stack and what it is made of. */
function placeOf({ Metadata }: Resource): { side: string; part: string } {
  const [, , first, second] = String(Metadata?.['aws:cdk:path'] ?? '').split('/');
  if (first === 'Source' || first === 'Target') return { side: first.toLowerCase(), part: words(second) };
  return { side: 'both', part: words(first ?? 'Other') };
}

function words(constructId: string): string {
  return constructId.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase();
}

function serviceOf({ Type }: Resource): string {
  const [vendor, service] = Type.split('::');
  return vendor === 'AWS' ? service : 'custom';
}

function hourlyOf({ Type, Properties }: Resource): string[] {
  const name = HOURLY[Type]?.(Properties ?? {});
  return name === undefined ? [] : [name];
}

function count(names: string[], show: (name: string, times: number) => string): string {
  const times = new Map<string, number>();
  names.forEach((name) => times.set(name, (times.get(name) ?? 0) + 1));
  return [...times].sort(([, a], [, b]) => b - a).map(([name, n]) => show(name, n)).join(', ');
}

function align(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}
