import type { Context } from '../../context.ts';
import { withStaffDatabase } from '../../context.ts';
import { BOOTSTRAP_KEY_ID } from '../apiKeys/authenticate.ts';
import { readValid } from './sql.ts';

/** Who is connected, by what it proved itself with. */
export interface Proven {
  keyIds: readonly string[];
  sessionIds: readonly string[];
}

export interface StillValid {
  keyIds: ReadonlySet<string>;
  sessionIds: ReadonlySet<string>;
}

/**
 * Which of these keys and sessions are valid now: one statement however many, none for nobody. The installation's own
 * key has no row and is always valid.
 */
export async function readValidity(ctx: Context, { keyIds, sessionIds }: Proven): Promise<StillValid> {
  const stored = keyIds.filter((id) => id !== BOOTSTRAP_KEY_ID);
  const isAsked = stored.length > 0 || sessionIds.length > 0;
  const { pool } = withStaffDatabase(ctx).db;
  const rows = isAsked ? await readValid.all(pool, stored, sessionIds, ctx.now()) : [];
  const of = (kind: 'API_KEY' | 'SESSION') => rows.filter((row) => row.kind === kind).map((row) => row.id);
  return {
    keyIds: new Set([...of('API_KEY'), ...keyIds.filter((id) => id === BOOTSTRAP_KEY_ID)]),
    sessionIds: new Set(of('SESSION')),
  };
}
