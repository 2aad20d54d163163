import { SCHEMA, type Side } from './protocol';
import { using, type LocalDatabase } from './sides';

/** A login that is not on the list meets the gate with its first row, behind the scenes. */
export async function checkAdmitted(side: Side, where: LocalDatabase, login: string): Promise<void> {
  const { rows } = await using(where, async (client) => client.query(`SELECT FROM ${SCHEMA}.applier WHERE login = $1 AND admitted`, [login]));
  if (rows.length === 0) throw new Error(`appliers: the ${side} does not admit ${login}; arm it with that login among its appliers`);
}
