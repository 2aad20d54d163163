import { types, type CustomTypesConfig } from 'pg';

const SCALARS: readonly number[] = [types.builtins.DATE, types.builtins.TIMESTAMP, types.builtins.TIMESTAMPTZ, types.builtins.INTERVAL];
/** Arrays of the four above, which have no name in pg: `SELECT typarray FROM pg_type`. */
const ARRAYS = [1182, 1115, 1185, 1187];
const TEXT_ARRAY = 1009;

/** pg's own parsers, except that dates, times and intervals stay as PostgreSQL writes them. */
export const VALUE_TYPES: CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (SCALARS.includes(oid)) return (value: string) => value;
    return types.getTypeParser(ARRAYS.includes(oid) ? TEXT_ARRAY : oid, format);
  },
};
