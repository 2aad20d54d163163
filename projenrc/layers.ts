/** One row of rooms. Rooms import rows below theirs only, and never each other within a row. */
export interface Layer {
  readonly level: number;
  /** Folders of `src/`. */
  readonly rooms: readonly string[];
  readonly purpose: string;
}

/** What may import what, said once: the lint rule and the table in ARCHITECTURE.md are made from this list. */
export const LAYERS: readonly Layer[] = [
  { level: 4, rooms: ['cutover'], purpose: 'who may write: the gate on both databases, and the functions that move write authority' },
  { level: 4, rooms: ['environment'], purpose: 'one side of a migration, made of the rooms below' },
  { level: 4, rooms: ['traffic'], purpose: 'DNS: one name for both sides, whose weights the run time owns, and the plan by which they shift' },
  { level: 3, rooms: ['replication'], purpose: 'DMS between the two databases: what is carried, how, and tasks that stand still while a deployment changes them' },
  { level: 3, rooms: ['service'], purpose: 'what serves on a side, made or found, and how it finds the database that accepts writes' },
  { level: 3, rooms: ['preflight', 'schema', 'validation'], purpose: 'may it move, what it is moved into, and is it equal: what is asked of both databases while writes go on' },
  { level: 2, rooms: ['database', 'storage'], purpose: 'PostgreSQL on Aurora, on RDS, imported or elsewhere, with its logins; buckets and their copies elsewhere' },
  { level: 1, rooms: ['network', 'notification'], purpose: 'VPCs, endpoints and the link between two networks; topics that tell people' },
  { level: 0, rooms: ['core', 'postgres'], purpose: 'suffix, tags, protection, encryption, checks of input; SQL of all handlers: sessions, quoting, TLS, errors' },
];

/**
 * What of a room others may import. Handlers run without the CDK, so what they share has entrances of its own beside `index.ts`.
 */
const ENTRANCES = ['./index.ts', './custom-resource-reply.ts', './custom-resources.ts', './migration-schema.ts'];

/** The same list as a Markdown table. */
export function layersTable(layers: readonly Layer[] = LAYERS): string {
  const rows = layers.map(({ level, rooms, purpose }) => `| L${level} | ${rooms.map((room) => `\`${room}/\``).join(', ')} | ${purpose} |`);
  return ['| layer | rooms | what they hold |', '|---|---|---|', ...rows].join('\n');
}

export interface ImportZone {
  readonly target: string;
  readonly from: string;
  readonly except?: string[];
  readonly message: string;
}

/** The zones of ESLint's `import/no-restricted-paths` that keep arrows pointing down, through a room's `index.ts` only. */
export function importZones(layers: readonly Layer[] = LAYERS): ImportZone[] {
  const rooms = layers.flatMap(({ level, rooms: names }) => names.map((name) => ({ name, level })));
  const zones: ImportZone[] = [];
  for (const room of rooms) {
    const target = `./src/${room.name}`;
    for (const other of rooms.filter(({ name }) => name !== room.name)) {
      const from = `./src/${other.name}`;
      zones.push(other.level < room.level
        ? { target, from, except: ENTRANCES, message: `import from ${other.name}/index.ts, not from its inner files` }
        : { target, from, message: `${room.name} (L${room.level}) must not import ${other.name} (L${other.level}): arrows point down` });
    }
  }
  for (const { name } of rooms) {
    zones.push({
      target: './src/*.ts',
      from: `./src/${name}`,
      except: ENTRANCES,
      message: `import from ${name}/index.ts, not from its inner files`,
    });
  }
  return zones;
}
