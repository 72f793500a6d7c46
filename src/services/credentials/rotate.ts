import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import { inBackground, inTransaction } from '../../context.ts';
import { connectAlone } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import { newKey } from '../../lib/keyFile.ts';
import type { EncryptionKey } from '../../lib/keyRing.ts';
import { requireAdmin } from '../access.ts';
import { audited } from '../audit/record.ts';
import { NO_SUBJECT } from '../audit/subject.ts';
import type { KeyUse } from './keyUse.ts';
import { readKeyUse, summariseKeys, unusedKeys } from './keyUse.ts';
import type { ClosedRow, SealedStore } from './reseal.ts';
import { planReseal, SEALED_STORES } from './reseal.ts';
import { countByKey, holdSealed, lockRotation } from './sql.ts';

export interface RotateOptions {
  /** Takes out of the ring what nothing needs any more. */
  prune: boolean;
  /** Told after each part: values encrypted anew so far, and how many there were to do. */
  onProgress?: (done: number, total: number) => void;
}

export interface Rotation {
  /** The name of the key this rotation made; null when the ring had one to go on with. */
  madeKey: string | null;
  /** Values that are now under the first key and were not before. */
  resealed: number;
  /** Values that no key opens; they were left as they are. */
  closed: ClosedRow[];
  pruned: string[];
  /** The ring afterwards. */
  keys: KeyUse[];
  /** Keys that nothing needs any more. */
  unused: string[];
}

/** What `rotateSecrets` would do. */
export interface RotationPlan {
  wouldMakeKey: boolean;
  wouldReseal: number;
  keys: KeyUse[];
}

/** Values encrypted anew by one statement. */
const PART = 100;

/**
 * Brings every encrypted value under the first key of the ring, while servers run. A ring of our own gets a new first key
 * before that, unless an earlier rotation was left unfinished, which is finished then. Killed at any moment, it goes on
 * when called again. Throws CONFLICT while another rotation runs.
 */
export async function rotateSecrets(ctx: Context, options: RotateOptions): Promise<Rotation> {
  requireAdmin(ctx);
  return audited(ctx, { action: 'rotateSecrets', subject: () => NO_SUBJECT }, () =>
    rotate(inBackground(ctx), options),
  );
}

function rotate(ctx: Context, options: RotateOptions): Promise<Rotation> {
  return alone(ctx, async () => {
    let done = await resealAll(ctx, options);
    const madeKey = done.resealed === 0 ? await addKey(ctx) : null;
    if (madeKey !== null) done = await resealAll(ctx, options);
    const pruned = options.prune ? await pruneKeys(ctx) : [];
    const keys = await readKeyUse(ctx);
    return { madeKey, ...done, pruned, keys, unused: unusedKeys(keys) };
  });
}

/** The same decision without any change. */
export async function planRotation(ctx: Context): Promise<RotationPlan> {
  requireAdmin(ctx);
  const keys = await readKeyUse(ctx);
  const pending = sum(keys.filter((key) => key.present && !key.encrypts));
  const wouldMakeKey = ctx.secretKeys.replace !== null && pending === 0;
  const current = sum(keys.filter((key) => key.encrypts));
  return { wouldMakeKey, wouldReseal: wouldMakeKey ? current : pending, keys };
}

function sum(keys: readonly KeyUse[]): number {
  return keys.reduce((total, { rows }) => total + rows, 0);
}

/** On a connection of its own: the lock must hold between the transactions, and end with the process. */
async function alone<T>(ctx: Context, work: () => Promise<T>): Promise<T> {
  const connection = await connectAlone({ url: ctx.db.staff.url, log: ctx.log, role: 'tributary_staff' });
  try {
    const answer = await lockRotation.maybe(connection);
    if (!answer?.locked) throw new AppError('CONFLICT', 'Another rotation is running: let it finish.');
    return await work();
  } finally {
    await connection.end();
  }
}

/** The new key is kept before anything needs it. Null when the ring is not ours to change. */
async function addKey(ctx: Context): Promise<string | null> {
  const { secretKeys } = ctx;
  if (secretKeys.replace === null) return null;
  const day = ctx.now().toISOString().slice(0, 10);
  const key = newKey(`k-${day}-${randomBytes(4).toString('hex')}`);
  await secretKeys.replace([key, ...secretKeys.all()]);
  return key.id;
}

type Done = Pick<Rotation, 'resealed' | 'closed'>;

async function resealAll(ctx: Context, { onProgress }: RotateOptions): Promise<Done> {
  const first = ctx.secretKeys.first();
  const counts = await countByKey.all(ctx.db.pool);
  const total = sum(summariseKeys(ctx.secretKeys.all(), counts).filter((key) => key.id !== first.id));
  const done: Done = { resealed: 0, closed: [] };
  for (const store of SEALED_STORES) {
    const told = (count: number) => onProgress?.(done.resealed + count, total);
    const { resealed, closed } = await resealStore(ctx, { store, first, told });
    done.resealed += resealed;
    done.closed.push(...closed);
  }
  return done;
}

/** Goes through a store until a whole pass changes nothing: a value renewed in between is met again. */
async function resealStore(
  ctx: Context,
  input: { store: SealedStore; first: EncryptionKey; told: (count: number) => void },
): Promise<Done> {
  let resealed = 0;
  for (;;) {
    const pass = await resealPass(ctx, { ...input, told: (count) => input.told(resealed + count) });
    resealed += pass.resealed;
    if (pass.changed === 0) return { resealed, closed: pass.closed };
  }
}

async function resealPass(
  ctx: Context,
  { store, first, told }: { store: SealedStore; first: EncryptionKey; told: (count: number) => void },
): Promise<Done & { changed: number }> {
  const closed: ClosedRow[] = [];
  let [resealed, changed, after] = [0, 0, ''];
  for (;;) {
    const rows = await store.page(ctx.db.pool, { firstKeyId: first.id, after, limit: PART });
    const plan = planReseal(ctx.secretKeys, first, rows);
    closed.push(...plan.closed.map(({ id, keyId }) => ({ store: store.name, id, keyId })));
    changed += plan.changes.length;
    if (plan.changes.length > 0) resealed += await store.write(ctx.db.pool, plan);
    told(resealed);
    const last = rows.at(-1);
    if (!last || rows.length < PART) return { resealed, changed, closed };
    after = last.id;
  }
}

/** Nobody can store a value under a key between the count and the moment the key is gone: see `requireKept`. */
async function pruneKeys(ctx: Context): Promise<string[]> {
  const { secretKeys } = ctx;
  const { replace } = secretKeys;
  if (replace === null) return [];
  return inTransaction(ctx, async (sql) => {
    await holdSealed.run(sql);
    const ring = secretKeys.all();
    const unused = unusedKeys(summariseKeys(ring, await countByKey.all(sql)));
    if (unused.length > 0) await replace(ring.filter(({ id }) => !unused.includes(id)));
    return unused;
  });
}
