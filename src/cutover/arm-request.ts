import type { ArmRequest, FenceKind, Side } from './contract';
import { invalid } from './transfer-request';

const SIDES: readonly Side[] = ['source', 'target'];
const KINDS: readonly FenceKind[] = ['triggers', 'roles'];

export function checkSide(side: Side): void {
  if (!SIDES.includes(side)) throw invalid('side', side, SIDES.join(' or '));
}

/** Refuses what could not work before anything is touched. */
export function checkArm({ side, fence, appliers, ignoredSchemas, acceptNewIdentity }: ArmRequest): void {
  checkSide(side);
  const { kind = 'triggers', writers } = fence ?? {};
  if (!KINDS.includes(kind)) throw invalid('fence.kind', kind, KINDS.join(' or '));
  checkNames('fence.writers', writers);
  checkNames('appliers', appliers);
  checkNames('ignoredSchemas', ignoredSchemas);
  if (kind === 'roles' && (writers ?? []).length === 0) throw invalid('fence.writers', writers, 'every login that writes payments, and every role that it may write through');
  if (kind === 'triggers' && writers !== undefined) throw invalid('fence.writers', writers, 'none with the fence of triggers, which stops everybody');
  if (acceptNewIdentity !== undefined && !isName(acceptNewIdentity)) throw invalid('acceptNewIdentity', acceptNewIdentity, 'the name of who made sure');
}

function checkNames(what: string, names: unknown): void {
  if (names !== undefined && !(Array.isArray(names) && names.every(isName))) throw invalid(what, names, 'a list of names');
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
}
