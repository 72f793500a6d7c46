import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createLog } from '../../src/lib/log.ts';
import type { ErrorReport } from '../../src/lib/reports.ts';
import { loadErrorHook, reporting } from '../../src/lib/reports.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { triggerSync } from '../../src/services/sync/trigger.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import { waitFor } from '../support/waitFor.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-hook-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function moduleOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function listening() {
  const chunks: string[] = [];
  const sink = new PassThrough();
  sink.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  return { log: createLog('debug', sink), said: () => chunks.join('') };
}

describe('a log that reports', () => {
  it('hands over each error with an errorId once, and nothing else', () => {
    const reports: ErrorReport[] = [];
    const { log, said } = listening();
    const told = reporting(log, (report) => reports.push(report));
    const err = new TypeError('it broke');
    told.error({ errorId: 'e1', err, runId: 'r1', taskId: 't1' }, 'task broke');
    told.error({ errorId: 'e2', err }, 'a request failed');
    told.error({ reason: 'known' }, 'no id');
    told.error(err);
    told.warn({ errorId: 'e3', err }, 'only a warning');
    expect(reports.map(({ errorId, where, context }) => [errorId, where, context])).toEqual([
      ['e1', 'task', { runId: 'r1', taskId: 't1' }],
      ['e2', 'request', {}],
    ]);
    expect(reports[0]?.error).toMatchObject({ name: 'TypeError', message: 'it broke' });
    expect(reports[0]?.error.stack).toMatch(/^TypeError: it broke\n {4}at /);
    for (const text of ['e1', 'e2', 'no id', 'e3']) expect(said()).toContain(text);
  });

  it('hands over no secret, no personal data and nothing that hangs on the error', () => {
    const reports: ErrorReport[] = [];
    const told = reporting(listening().log, (report) => reports.push(report));
    const cause = Object.assign(new Error('who is an@example.com'), { config: { headers: 'secret-cause' } });
    const err = Object.assign(
      new Error('GET https://graph.example.com/me?access_token=EAAabcdefghijklmnopqrst', { cause }),
      {
        code: '23505',
        client: { password: 'secret-on-error' },
      },
    );
    told.error({ errorId: 'e1', err, token: 'secret-in-context' }, 'a request failed');
    const [report] = reports;
    const text = JSON.stringify([
      report,
      ...[report?.error, report?.error.cause].map((error) => Object.getOwnPropertyDescriptors(error)),
    ]);
    for (const secret of ['EAAabc', 'an@example', 'secret-on-error', 'secret-cause', 'secret-in-context']) {
      expect(text).not.toContain(secret);
    }
    expect(report?.error).toMatchObject({ code: '23505' });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('hook crashed');
      },
    ],
    ['rejects', () => Promise.reject(new Error('hook crashed'))],
    ['rejects without a word', () => Promise.reject(new Error(''))],
  ])('survives a hook that %s, and says so', async (_what, hook) => {
    const { log, said } = listening();
    reporting(log, hook).error({ errorId: 'e1', err: new Error('first') }, 'a request failed');
    await waitFor(() => said().includes('the error hook failed'), { what: 'the log to tell of the hook' });
    expect(said()).toContain('a request failed');
  });

  it('leaves out what a hook that never ends has no room for', () => {
    let called = 0;
    const { log, said } = listening();
    const told = reporting(log, () => {
      called += 1;
      return new Promise(() => undefined);
    });
    for (let each = 0; each < 150; each += 1) told.error({ errorId: `e${each}` }, 'a request failed');
    expect(called).toBe(100);
    expect(said().split('the error hook is overrun').length - 1).toBe(50);
  });
});

describe('the module of TRIBUTARY_ON_ERROR', () => {
  it.each([
    ['is not there', () => join(folder, 'nowhere.mjs')],
    ['does not parse', () => moduleOf('broken.mjs', 'export const = 1')],
    ['throws', () => moduleOf('throws.mjs', 'throw new Error("no collector")')],
    ['has no onError', () => moduleOf('other.mjs', 'export const onerror = () => {};')],
    ['has one that is no function', () => moduleOf('text.mjs', 'export const onError = "mail";')],
  ])('is refused at the start when it %s', async (_what, path) => {
    const refused = loadErrorHook(path());
    await expect(refused).rejects.toThrow(AppError);
    await expect(refused).rejects.toThrow(/^TRIBUTARY_ON_ERROR: the module /);
  });
});

describe('a server with a module', () => {
  let test: TestApp;
  const file = () => join(folder, 'reports.jsonl');
  const reports = () =>
    readFileSync(file(), 'utf8')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text) as { errorId: string; where: string; context: object; text: string });
  beforeAll(async () => {
    const hook = `
      import { appendFileSync } from 'node:fs';
      export function onError({ errorId, where, error, context }) {
        appendFileSync(${JSON.stringify(file())}, JSON.stringify({ errorId, where, context, text: error.message }) + '\\n');
        throw new Error('and then it crashes');
      }`;
    test = await startTestApp({ jobs: false, config: { errorHook: moduleOf('hook.mjs', hook) } });
  });
  beforeAll(() => writeFileSync(file(), ''));
  afterEach(() => writeFileSync(file(), ''));
  afterAll(() => test.stop());

  it('is told once of a request that broke, under the id the caller got, and goes on', async () => {
    const { url } = test.app.ctx.db.staff;
    await query(url, 'ALTER TABLE schedules RENAME TO schedules_gone');
    let text: string;
    try {
      const answer = await test
        .client()
        .rawRequest('{ schedules { id } }')
        .catch((error: unknown) => error);
      text = JSON.stringify(answer);
    } finally {
      await query(url, 'ALTER TABLE schedules_gone RENAME TO schedules');
    }
    const told = reports();
    expect(told).toMatchObject([{ where: 'request', context: {} }]);
    expect(text).toContain(told[0]?.errorId);
    expect(told[0]?.text).toContain('schedules');
    expect((await test.client().rawRequest('{ schedules { id } }')).errors).toBeUndefined();
  });

  it('is not told of what a caller did wrong', async () => {
    await test
      .client()
      .rawRequest('{ nothing }')
      .catch(() => undefined);
    await test
      .client(null)
      .rawRequest('{ schedules { id } }')
      .catch(() => undefined);
    expect(reports()).toEqual([]);
  });

  it('is told once of a task that broke on a mistake of this program', async () => {
    const [demo] = test.sandbox.demoClients;
    const account = demo?.accounts.find(({ platform }) => platform === 'META');
    if (!demo || !account) throw new Error('the sandbox has no account');
    const { accounts: _accounts, ...client } = demo;
    const { id: clientId } = await createClient(test.system, client);
    await connectAccount(test.system, { clientId, ...account });
    const run = await triggerSync(test.system, { clientId, days: 1 });
    const runner = await startRunner(test.system, { jobs: new Map(), concurrency: 1 });
    try {
      const told = await waitFor(() => reports().length > 0 && reports(), { what: 'the report' });
      expect(told).toMatchObject([
        { where: 'task', context: { runId: run.runId }, text: 'this version has no job "ADS_SYNC"' },
      ]);
    } finally {
      await runner.stop();
    }
    expect(reports()).toHaveLength(1);
  });
});
