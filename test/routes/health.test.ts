import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';

let test: TestApp;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
});
afterAll(() => test.stop());

async function ask(kind: 'live' | 'ready') {
  const answer = await fetch(`${test.app.http.url}/health/${kind}`);
  return { status: answer.status, text: await answer.text(), headers: [...answer.headers.keys()] };
}

const isReady = (status: number) =>
  waitFor(async () => (await ask('ready')).status === status, { what: `/health/ready to answer ${status}` });

describe('health', () => {
  it('is told to anybody, without names or versions', async () => {
    expect(await ask('live')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const ready = await ask('ready');
    expect(ready).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    for (const name of ['server', 'x-powered-by', 'via']) expect(ready.headers).not.toContain(name);
  });

  it('is not ready while a migration is missing, and lives on', async () => {
    const { url } = test.app.ctx.db.staff;
    const [row] = await query<{ id: string }>(
      url,
      `UPDATE _prisma_migrations SET rolled_back_at = now()
       WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations) RETURNING id`,
    );
    try {
      await isReady(503);
      expect((await ask('ready')).text).toBe('{"status":"unavailable"}');
      expect((await ask('live')).status).toBe(200);
    } finally {
      await query(url, 'UPDATE _prisma_migrations SET rolled_back_at = NULL WHERE id = $1', [row?.id]);
    }
    await isReady(200);
  });

  it('is not ready while the database is away, and is again when it is back', async () => {
    const url = new URL(test.app.ctx.db.staff.url);
    const name = url.pathname.slice(1);
    url.pathname = '/postgres';
    await query(url.href, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    try {
      await query(url.href, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        name,
      ]);
      await isReady(503);
      expect((await ask('live')).status).toBe(200);
    } finally {
      await query(url.href, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    }
    await isReady(200);
  });

  it('asks the database rarely, however often anybody asks', async () => {
    test.takeQueries();
    await Promise.all(Array.from({ length: 50 }, () => ask('ready')));
    expect(test.takeQueries().filter((text) => text.includes('health.')).length).toBeLessThanOrEqual(4);
  });

  it('is not ready while the process stops', async () => {
    const stopping = await startTestApp({ jobs: false, config: { role: 'all' } });
    const ready = `${stopping.app.http.url}/health/ready`;
    expect((await fetch(ready)).status).toBe(200);
    // The jobs stop first, and meanwhile it is told over the connection that is open already.
    const ended = stopping.stop();
    expect((await fetch(ready)).status).toBe(503);
    await ended;
  });
});
