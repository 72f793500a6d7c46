import { sha256 } from '../../../src/lib/crypto.ts';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { inTransaction } from '../../../src/context.ts';
import { canonical, startOnce } from '../../../src/services/runs/idempotency.ts';
import type { Once } from '../../../src/services/runs/idempotency.ts';
import { startRun } from '../../../src/services/runs/start.ts';
import { finishRun } from '../../../src/services/runs/sql.ts';
import { createContext, task } from '../../jobs/support.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

let test: TestDatabase;
let ctx: Context;

beforeAll(async () => {
  test = await createTestDatabase({ connections: 10 });
  ctx = createContext(test.db);
});
afterAll(() => test.drop());

interface Asked {
  key?: string | null;
  action?: string;
  request?: unknown;
}

/** Asks for a run whose work is never the same, so that only the key can make it one. */
function ask(asked: Asked, own = ctx) {
  const { key = null, action = 'triggerSync', request = { days: 3 } } = asked;
  const begin = (once: Once | null) =>
    inTransaction(own, (sql) =>
      startRun(own, sql, {
        kind: 'TEST',
        trigger: 'MANUAL',
        clientId: null,
        scheduleId: null,
        parameters: {},
        workKey: randomUUID(),
        tasks: [task()],
        once,
      }),
    );
  return startOnce(own, { key, action, request }, begin);
}

async function runs(): Promise<number> {
  const { rows } = await test.db.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM runs');
  return rows[0]?.count ?? 0;
}

describe('a request with a key', () => {
  it('gets the same run again, also when that is over', async () => {
    const key = randomUUID();
    const first = await ask({ key });
    expect(await ask({ key })).toEqual({ runId: first.runId, created: false });
    await finishRun.run(test.db.pool, first.runId, 'SUCCEEDED', null, null);
    expect(await ask({ key })).toEqual({ runId: first.runId, created: false });
    expect((await ask({})).runId).not.toBe(first.runId);
  });

  it('gets one run when it is sent twenty times at once', async () => {
    const key = randomUUID();
    const before = await runs();
    const started = await Promise.all(Array.from({ length: 20 }, () => ask({ key })));
    expect(new Set(started.map((run) => run.runId)).size).toBe(1);
    expect(started.filter((run) => run.created)).toHaveLength(1);
    expect(await runs()).toBe(before + 1);
  });

  it.each([
    ['another request', { request: { days: 4 } }],
    ['another mutation', { action: 'triggerBreakdowns' }],
  ])('is refused when the key named %s, and starts nothing', async (_what, other) => {
    const key = randomUUID();
    await ask({ key });
    const before = await runs();
    await expect(ask({ key, ...other })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('another request') as string,
    });
    expect(await runs()).toBe(before);
  });

  it('is one of two different requests of a key that come at once', async () => {
    const key = randomUUID();
    const answers = await Promise.allSettled([1, 2].map((days) => ask({ key, request: { days } })));
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is its own actor\u2019s alone', async () => {
    const key = randomUUID();
    const other = { ...ctx, actor: { kind: 'SYSTEM' as const, name: 'other' } };
    expect((await ask({ key })).runId).not.toBe((await ask({ key }, other)).runId);
  });

  /** What stands in the table: nothing that somebody sent. */
  const stored = (key: string) => sha256(key).toString('hex');

  it('may name another request after 24 hours, and keys as old go', async () => {
    const [key, other, young] = [randomUUID(), randomUUID(), randomUUID()];
    const first = await ask({ key });
    await ask({ key: other });
    await ask({ key: young });
    await test.db.pool.query(
      `UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second' WHERE key = ANY ($1)`,
      [[key, other].map(stored)],
    );
    const second = await ask({ key, request: { days: 9 } });
    expect(second.runId).not.toBe(first.runId);
    expect(await ask({ key, request: { days: 9 } })).toEqual({ runId: second.runId, created: false });
    const { rows } = await test.db.pool.query<{ key: string }>(
      'SELECT key FROM idempotency_keys WHERE key = ANY ($1)',
      [[key, other, young].map(stored)],
    );
    expect(rows.map((row) => row.key).sort()).toEqual([key, young].map(stored).sort());
  });

  it('keeps no key of a run that was not started', async () => {
    const key = randomUUID();
    const failing = startOnce(ctx, { key, action: 'triggerSync', request: {} }, (once) =>
      inTransaction(ctx, async (sql) => {
        await startRun(ctx, sql, {
          kind: 'TEST',
          trigger: 'MANUAL',
          clientId: null,
          scheduleId: null,
          parameters: {},
          workKey: randomUUID(),
          tasks: [task()],
          once,
        });
        throw new Error('undone');
      }),
    );
    await expect(failing).rejects.toThrow('undone');
    expect(await ask({ key })).toMatchObject({ created: true });
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(201)],
  ])('is refused when the key is %s', async (_what, key) => {
    await expect(ask({ key })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is only an admin\u2019s', async () => {
    const viewer = { kind: 'API_KEY' as const, id: 'k', name: 'k', role: 'VIEWER' as const, clientIds: [] };
    await expect(ask({ key: 'k' }, { ...ctx, actor: viewer })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the text of a request', () => {
  const shuffled = (value: Record<string, unknown>) => Object.fromEntries(Object.entries(value).toReversed());

  it('is the same in whatever order its names come, and with or without empty ones', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (request) => {
        expect(canonical(shuffled(request))).toBe(canonical(request));
        expect(canonical({ ...request, 'left out': undefined })).toBe(canonical(request));
      }),
    );
  });

  it('says everything that was asked', () => {
    const request = fc.jsonValue().filter((value) => !hasNull(value));
    fc.assert(
      fc.property(request, (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonical(value))).toEqual(plain);
      }),
    );
  });
});

function hasNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.values(value).some(hasNull);
}
