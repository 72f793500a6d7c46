import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import { sha256 } from '../../lib/crypto.ts';
import { actorLabel, requireAdmin } from '../access.ts';
import { parseInput } from '../parse.ts';
import { dropOldKeys, findKey, lockKey, saveKey } from './keys/sql.ts';
import type { StartedRun } from './start.ts';

/** A request under a name of its caller's own: the same name again is the same request, and gets the same run. */
export interface Once {
  /** The sha256 of the name, in hex. */
  key: string;
  /** What is asked for, as the API calls it: `triggerSync`. */
  action: string;
  /** Everything else that was asked, to tell a mistake from a repetition. */
  request: unknown;
}

const idempotencyKey = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .refine((key) => !key.includes('\0'), 'must not contain the character NUL');

/**
 * Carries out a request that may come again. With a key that this actor used in the last 24 hours: the run it got then,
 * over or not, and nothing is looked at anew. Otherwise `start`, which hands the Once on to `startRun`.
 * Throws FORBIDDEN, BAD_USER_INPUT for a key that is none, and CONFLICT for one that named another request.
 */
export async function startOnce(
  ctx: Context,
  asked: Omit<Once, 'key'> & { key: string | null | undefined },
  start: (once: Once | null) => Promise<StartedRun>,
): Promise<StartedRun> {
  requireAdmin(ctx);
  const { key, ...request } = asked;
  if (key === null || key === undefined) return start(null);
  const given = parseInput(z.object({ idempotencyKey }), { idempotencyKey: key }).idempotencyKey;
  // Nobody reads it again, and people put all kinds of things into it.
  const once = { ...request, key: sha256(given).toString('hex') };
  return (await knownRun(ctx, ctx.db.pool, once)) ?? start(once);
}

/** `start` unless the key has its run already; stores the run for the key in the same transaction. */
export async function withKey(
  ctx: Context,
  sql: Sql,
  { once, start }: { once: Once | null; start: () => Promise<StartedRun> },
): Promise<StartedRun> {
  if (!once) return start();
  const actor = actorLabel(ctx.actor);
  // Whoever sends the same request at the same moment waits here, and then finds the key.
  await lockKey.run(sql, actor, once.key);
  const known = await knownRun(ctx, sql, once);
  if (known) return known;
  const started = await start();
  await dropOldKeys.run(sql);
  await saveKey.run(sql, actor, once.key, once.action, hashOf(once), started.runId);
  return started;
}

async function knownRun(ctx: Context, sql: Sql, once: Once): Promise<StartedRun | null> {
  const known = await findKey.maybe(sql, actorLabel(ctx.actor), once.key);
  if (!known) return null;
  if (known.action === once.action && hashOf(once).equals(known.request_hash)) {
    return { runId: known.run_id, created: false };
  }
  throw new AppError(
    'CONFLICT',
    `The idempotency key was used for another request${known.action === once.action ? '' : ` (${known.action})`} in the last 24 hours: use a new one.`,
  );
}

function hashOf({ action, request }: Once): Buffer {
  return sha256(canonical({ action, request }));
}

/** The same text for the same request: names in order, and what is left out is as if it were null. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const given = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  const parts = given.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${parts.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(',')}}`;
}
