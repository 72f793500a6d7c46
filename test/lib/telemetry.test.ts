import { SpanKind } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementName } from '../../src/db/observe.ts';
import { transaction } from '../../src/db/client.ts';
import { nameCallee } from '../../src/lib/calls.ts';
import { HttpError, send } from '../../src/lib/http.ts';
import { traced } from '../../src/lib/telemetry.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import type { RecordedSpan, Spans } from '../support/spans.ts';
import { recordSpans } from '../support/spans.ts';
import { waitFor } from '../support/waitFor.ts';
import { startServer } from './httpServer.ts';

const SECRET = 'secret-8d1f0c6a';

let spans: Spans;
beforeAll(() => {
  spans = recordSpans();
});
afterAll(() => spans.stop());

/** The names from a span up to its root. */
function line(span: RecordedSpan | undefined): string[] {
  const names: string[] = [];
  for (let at = span ?? null; at; at = at.parent) names.push(at.name);
  return names;
}

describe('a step', () => {
  it('holds what is begun in it', async () => {
    await traced('outer step', { a: 1 }, async (step) => {
      step.tell({ b: 2 });
      await traced('inner step', {}, () => Promise.resolve());
    });
    const [inner] = spans.named('inner step');
    expect(line(inner)).toEqual(['inner step', 'outer step']);
    expect(inner?.parent).toMatchObject({ attributes: { a: 1, b: 2 }, failed: false, ended: 1 });
  });

  it('that fails says of the error only its kind', async () => {
    const broken = Object.assign(new TypeError(`no such column "${SECRET}"`), { code: '42703' });
    await expect(traced('broken step', {}, () => Promise.reject(broken))).rejects.toBe(broken);
    expect(spans.named('broken step')[0]).toMatchObject({
      attributes: { 'error.type': '42703' },
      failed: true,
      ended: 1,
    });
  });
});

describe('a call to the outside', () => {
  it('is a span with host, method and status, without path and query', async () => {
    const server = await startServer((response) => response.writeHead(503).end('{}'));
    try {
      nameCallee(server.url, 'PRETENDED');
      const answer = await send({
        method: 'GET',
        url: `${server.url}/v1/act_${SECRET}`,
        query: { access_token: SECRET },
        headers: { authorization: `Bearer ${SECRET}` },
        timeoutMs: 5_000,
      });
      expect(answer.status).toBe(503);
    } finally {
      await server.close();
    }
    const span = spans.all.find(({ attributes }) => attributes['tributary.platform'] === 'PRETENDED');
    expect(span).toMatchObject({ name: 'GET', kind: SpanKind.CLIENT, ended: 1 });
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 503,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
      'tributary.platform': 'PRETENDED',
    });
  });

  it('that fails is marked', async () => {
    const before = spans.all.length;
    const sent = send({ method: 'POST', url: `http://127.0.0.1:1/${SECRET}`, timeoutMs: 5_000 });
    await expect(sent).rejects.toThrow(HttpError);
    const [span] = spans.all.slice(before);
    expect(span).toMatchObject({ failed: true, ended: 1, attributes: { 'error.type': 'HttpError' } });
  });
});

describe('a statement', () => {
  it.each([
    ['/* totals.read */ SELECT 1', 'totals.read'],
    ['  /* sync.structure.ad_campaigns */\nINSERT', 'sync.structure.ad_campaigns'],
    ['BEGIN', 'transaction'],
    ['COMMIT', 'transaction'],
    ['SELECT /* not.first */ 1', 'prisma'],
    [`/* ${SECRET} ' */ SELECT 1`, 'prisma'],
    [`SELECT '${SECRET}'`, 'prisma'],
    [`/* ${'a'.repeat(80)} */ SELECT 1`, 'prisma'],
  ])('%s is %s', (text, name) => {
    expect(statementName(text, 'prisma')).toBe(name);
  });

  describe('of a database', () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createTestDatabase({ connections: 1 });
    });
    afterAll(() => database.drop());

    const NAMED = (name: string) => `/* ${name} */ SELECT $1::text AS given`;

    it('is a span below the step that asked for it, also when it waits for a connection', async () => {
      const { pool } = database.db;
      await Promise.all(
        ['a', 'b', 'c', 'd'].map((each) =>
          traced(`asker ${each}`, {}, () => pool.query(NAMED(`told.${each}`), [SECRET])),
        ),
      );
      const lines = ['a', 'b', 'c', 'd'].map((each) => line(spans.named(`sql told.${each}`)[0]));
      expect(lines).toEqual(['a', 'b', 'c', 'd'].map((each) => [`sql told.${each}`, `asker ${each}`]));
    });

    it.each([
      [
        'of a transaction',
        (text: string) => transaction(database.db.pool, (sql) => sql.query(text, [SECRET])),
      ],
      ['of a viewer', (text: string) => database.db.forClients([]).pool.query(text, [SECRET])],
    ])('%s gives the same answer as ever', async (what, ask) => {
      const name = `same.${what.replaceAll(' ', '')}`;
      expect((await ask(NAMED(name))).rows).toEqual([{ given: SECRET }]);
      expect(spans.named(`sql ${name}`)).toMatchObject([
        { kind: SpanKind.CLIENT, failed: false, ended: 1, attributes: { 'db.query.summary': name } },
      ]);
    });

    it('that fails says its code alone', async () => {
      const asked = database.db.pool.query(`/* told.broken */ SELECT $1::int`, [SECRET]);
      await expect(asked).rejects.toMatchObject({ code: '22P02' });
      const [span] = spans.named('sql told.broken');
      expect(span).toMatchObject({ failed: true, ended: 1, attributes: { 'error.type': '22P02' } });
    });
  });
});

describe('a sync', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await startTestApp();
  });
  afterAll(() => test.stop());

  it('is a task with its calls and statements below it, and no secret anywhere', async () => {
    const [demo] = test.sandbox.demoClients;
    const account = demo?.accounts.find(({ platform }) => platform === 'META');
    if (!demo || !account) throw new Error('the sandbox has no account');
    const { accounts: _accounts, ...client } = demo;
    const { id: clientId } = await createClient(test.system, client);
    await connectAccount(test.system, { clientId, ...account });
    await triggerSync(test.system, { clientId, days: 2 });
    const task = await waitFor(() => spans.named('task ADS_SYNC').find(({ ended }) => ended > 0), {
      what: 'the task to end',
    });
    expect(task).toMatchObject({ failed: false, attributes: { 'tributary.task.ending': 'ENDED' } });
    const below = spans.all.filter((span) => line(span).at(-1) === 'task ADS_SYNC').map(({ name }) => name);
    expect(below).toEqual(expect.arrayContaining(['GET', 'sql runs.finishTask', 'sql runs.countRecords']));
    const told = JSON.stringify(spans.all.map(({ name, attributes }) => ({ name, attributes })));
    for (const secret of [SECRET, account.token, account.externalId, test.adminKey, client.name]) {
      expect(told).not.toContain(secret);
    }
  });
});
