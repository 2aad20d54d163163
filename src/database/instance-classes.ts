import { Token } from 'aws-cdk-lib';
import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { invalidInput } from '../core';

type Engine = 'aurora-postgresql' | 'postgres';

const NAMES: Record<Engine, string> = { 'aurora-postgresql': 'Aurora PostgreSQL', 'postgres': 'RDS for PostgreSQL' };

const TO_16XLARGE = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge'];
const TO_24XLARGE = [...TO_16XLARGE, '24xlarge'];
const TO_32XLARGE = [...TO_24XLARGE, '32xlarge'];
const TO_48XLARGE = [...TO_24XLARGE, '48xlarge'];

/**
 * The sizes of each family that runs PostgreSQL 13 or later, in at least one Region; as of November 2026.
 *
 * The pages name the classes; what could be ordered and had a price (the data behind cfn-lint's rules E3025 and E3062) settled the rest.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html
 */
const SIZES: Record<Engine, ReadonlyMap<string, readonly string[]>> = {
  'aurora-postgresql': byFamily([
    ['t3 t4g', ['medium', 'large']],
    ['r6g r7g x2g', TO_16XLARGE],
    ['r6gd', TO_16XLARGE.slice(1)],
    ['r5', TO_24XLARGE],
    ['r6i', TO_32XLARGE],
    ['r6id', ['24xlarge', '32xlarge']],
    ['r7i r8a r8g', TO_48XLARGE],
    ['r8gd', TO_48XLARGE.slice(1)],
  ]),
  'postgres': byFamily([
    ['t3 t4g', ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge']],
    ['m6g m6gd m7g r6g r6gd r7g x2g', TO_16XLARGE],
    ['m5 m5d r5 r5b r5d', TO_24XLARGE],
    ['m6i m6id m6idn m6in r6i r6id r6idn r6in', TO_32XLARGE],
    ['m7i m8a m8g m8gd m9g r7i r8a r8g r8gd', TO_48XLARGE],
    ['x2idn', ['16xlarge', '24xlarge', '32xlarge']],
    ['x2iedn', ['xlarge', '2xlarge', '4xlarge', '8xlarge', '16xlarge', '24xlarge', '32xlarge']],
  ]),
};

/**
 * The generation of each series to which AWS adds no more families. A later family that is not in the tables is left for RDS to judge:
 * it refuses a wrong class before anything is made, while a refusal here would shut out a right one until the next release.
 */
const SETTLED: Record<Engine, Readonly<Record<string, number>>> = {
  'aurora-postgresql': { r: 7, t: 4, x: 2 },
  'postgres': { m: 7, r: 7, t: 4, x: 2 },
};

/** Checks that an engine runs on an instance class, at synthesis instead of half-way through a deployment. */
export function checkInstanceType(prop: string, engine: Engine, instanceType: InstanceType): void {
  const name = instanceType.toString();
  if (Token.isUnresolved(name)) return;
  if (name.startsWith('db.')) throw invalidInput(prop, name, `'${name.slice(3)}', since CDK adds the prefix 'db.'`);
  const [family, size, ...more] = name.split('.');
  if (!family || !size || more.length > 0) throw invalidInput(prop, name, "a family and a size, such as 'r6g.large'");

  const sizes = SIZES[engine].get(family);
  if (sizes === undefined && isNewerThanTables(engine, family)) return;
  if (sizes === undefined) throw invalidInput(prop, name, `the families that ${NAMES[engine]} runs on: ${[...SIZES[engine].keys()].sort().join(', ')}`);
  if (!sizes.includes(size)) throw invalidInput(prop, name, `the sizes of ${family} that ${NAMES[engine]} runs on: ${sizes.join(', ')}`);
}

function isNewerThanTables(engine: Engine, family: string): boolean {
  const [, series, generation] = /^([a-z]+)(\d+)[a-z]*$/.exec(family) ?? [];
  return Number(generation) > SETTLED[engine][series];
}

function byFamily(rows: readonly (readonly [families: string, sizes: readonly string[]])[]): Map<string, readonly string[]> {
  return new Map(rows.flatMap(([families, sizes]) => families.split(' ').map((family) => [family, sizes] as const)));
}
