import type { Context } from '../../context.ts';
import { requireAdmin } from '../access.ts';
import type { KeyCount } from './sql.ts';
import { countByKey } from './sql.ts';

/** A key of the ring, or one that is missing from it, by name: never the key itself. */
export interface KeyUse {
  id: string;
  /** Stored values it encrypted. */
  rows: number;
  /** True for the first of the ring. */
  encrypts: boolean;
  /** False: its values cannot be opened until it is put back. */
  present: boolean;
}

/** Every key of the ring in its order, then those that only rows know. */
export function summariseKeys(ring: readonly { id: string }[], counts: readonly KeyCount[]): KeyUse[] {
  const rowsOf = new Map(counts.map(({ keyId, rows }) => [keyId, rows]));
  const present = ring.map(({ id }, index) => ({
    id,
    rows: rowsOf.get(id) ?? 0,
    encrypts: index === 0,
    present: true,
  }));
  const missing = counts
    .filter(({ keyId }) => !ring.some(({ id }) => id === keyId))
    .map(({ keyId: id, rows }) => ({ id, rows, encrypts: false, present: false }));
  return [...present, ...missing];
}

/** Keys that may go: no stored value needs them. The first never may. */
export function unusedKeys(keys: readonly KeyUse[]): string[] {
  return keys.filter((key) => key.present && !key.encrypts && key.rows === 0).map(({ id }) => id);
}

/** The keys of the installation and what they are used for. */
export async function readKeyUse(ctx: Context): Promise<KeyUse[]> {
  requireAdmin(ctx);
  return summariseKeys(ctx.secretKeys.all(), await countByKey.all(ctx.db.pool));
}
