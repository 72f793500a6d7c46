import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AdPlatform } from '../../src/connectors/ads/contract.ts';
import type { Context } from '../../src/context.ts';
import { JOBS, jobOf } from '../../src/jobs/index.ts';
import { startRunner } from '../../src/jobs/runner.ts';
import type { Runner } from '../../src/jobs/runner.ts';
import { addDays } from '../../src/lib/days.ts';
import { connectAccount } from '../../src/services/accounts/connect.ts';
import { unsealToken } from '../../src/services/credentials/seal.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { connect, credentialsOf, newClient } from '../routes/browser.ts';
import { waitFor } from '../support/waitFor.ts';

let test: TestApp;
let system: Context;
let runner: Runner;
let platforms: Map<string, AdPlatform>;
/** What the process and the sandbox think the time is. */
let now: Date | null = null;

const DAY_MS = 86_400_000;
const ACCOUNT = 'act_3100000001';

beforeAll(async () => {
  const account = { externalId: ACCOUNT, campaigns: 1, adSetsPerCampaign: 1, adsPerAdSet: 1 };
  test = await startTestApp({ jobs: false, sandbox: { accounts: [account] } });
  platforms = new Map(test.system.platforms);
  system = { ...test.system, platforms, now: () => now ?? new Date() };
  runner = await startRunner(system, { jobs: JOBS, concurrency: 2, retryDelayMs: () => null });
});
afterAll(async () => {
  await runner.stop();
  await test.stop();
});
beforeEach(() => setNow(null));
afterEach(() => test.sandbox.meta.faults.clear());

function setNow(moment: Date | null): void {
  now = moment;
  test.sandbox.meta.setNow(moment);
}

/** One run of the job for one client, as the schedule starts it, and what it wrote into its log. */
async function check(clientId: string) {
  const started = await jobOf('CREDENTIAL_CHECK').start(system, {
    parameters: {},
    clientId,
    trigger: 'SCHEDULE',
    scheduleId: null,
    fireAt: new Date(),
  });
  const id = started?.runId ?? '';
  const run = await waitFor(
    () => system.db.prisma.run.findFirst({ where: { id, finishedAt: { not: null } } }),
    { what: 'the check to end' },
  );
  const { rows } = await system.db.pool.query<{ level: string; message: string }>(
    `SELECT level, message FROM run_logs WHERE run_id = $1 AND level <> 'DEBUG' ORDER BY id`,
    [id],
  );
  return { run, log: rows.map(({ level, message }) => `${level} ${message}`) };
}

async function onlyOne(clientId: string) {
  const [credential, ...more] = await credentialsOf(test, clientId);
  if (!credential || more.length > 0) throw new Error('there is not exactly one credential');
  return credential;
}

describe('a credential connected in a browser', () => {
  it('is warned of 14, 7 and 1 days before its end, and when it has expired', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    const { lastFour, expiresAt } = await onlyOne(clientId);
    const end = expiresAt ?? new Date(0);
    const endDay = end.toISOString().slice(0, 10);
    const said: [number, string[], string | null][] = [];
    for (const days of [15, 14, 13, 7, 6, 1]) {
      setNow(new Date(`${addDays(endDay, -days)}T00:00:00Z`));
      const { run, log } = await check(clientId);
      expect(run.status).toBe('SUCCEEDED');
      said.push([days, log, (await onlyOne(clientId)).warning]);
    }
    const warning = (days: number) =>
      `expires in ${String(days)} ${days === 1 ? 'day' : 'days'} on ${endDay}: connect Facebook again`;
    const line = (days: number) => [`WARN Facebook …${lastFour} ${warning(days)}`];
    expect(said).toEqual([
      [15, [], null],
      [14, line(14), warning(14)],
      [13, [], warning(13)],
      [7, line(7), warning(7)],
      [6, [], warning(6)],
      [1, line(1), warning(1)],
    ]);
    setNow(new Date(end.getTime() + 1000));
    const { run, log } = await check(clientId);
    expect(run.status).toBe('SUCCEEDED');
    const expired = `expired on ${endDay}: connect Facebook again`;
    expect(log).toEqual([`WARN Facebook …${lastFour} ${expired}`]);
    expect(await onlyOne(clientId)).toMatchObject({
      status: 'EXPIRED',
      warning: expired,
      checkedAt: now,
      scopes: ['ads_read', 'business_management', 'public_profile'],
    });
    setNow(null);
    await connect(test, { clientId, platform: 'META' });
    expect(await onlyOne(clientId)).toMatchObject({ status: 'VALID', warning: null });
  });

  it('is told to be revoked, on both platforms', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    await connect(test, { clientId, platform: 'GOOGLE' });
    test.sandbox.google.revokeAll();
    test.sandbox.meta.faults.add({
      match: { path: '/debug_token' },
      reply: {
        kind: 'merge',
        json: { data: { is_valid: false, scopes: [], error: { code: 190, message: 'It was taken back.' } } },
      },
    });
    const { run, log } = await check(clientId);
    expect(run.status).toBe('SUCCEEDED');
    const [meta, google] = await credentialsOf(test, clientId);
    expect(meta).toMatchObject({
      status: 'REVOKED',
      warning: 'is not valid any more: connect Facebook again (It was taken back)',
    });
    expect(google).toMatchObject({
      status: 'REVOKED',
      warning: expect.stringContaining('is not valid any more: connect Google again'),
    });
    expect(log).toEqual([
      `WARN Facebook …${meta?.lastFour} ${meta?.warning}`,
      `WARN Google …${google?.lastFour} ${google?.warning}`,
    ]);
    const tokens = [meta, google].map((row) => row && unsealToken(system.secretKeys, row, row).reveal());
    for (const token of tokens) expect(test.logged() + log.join()).not.toContain(token);
  });

  it('of an unpublished Google app ends after seven days', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'GOOGLE', extra: { testing: '1' } });
    expect((await check(clientId)).log[0]).toMatch(/^WARN Google …\S{4} expires in 7 days on /);
    const started = Date.now();
    setNow(new Date(started + 7.1 * DAY_MS));
    await check(clientId);
    expect(await onlyOne(clientId)).toMatchObject({
      status: 'EXPIRED',
      warning: expect.stringMatching(/^expired on .*: connect Google again$/),
    });
  });
});

describe('several credentials', () => {
  it('a dead one, one that cannot be opened and one that is not answered do not stop the others', async () => {
    const clientId = await newClient(test);
    await connectAccount(system, { clientId, platform: 'META', externalId: ACCOUNT, token: 'sandbox-given' });
    const given = await onlyOne(clientId);
    const { id: _id, ...copy } = { ...given, warning: null };
    const other = await system.db.prisma.credential.create({ data: { ...copy, lastFour: 'shut' } });
    await connect(test, { clientId, platform: 'GOOGLE' });
    test.sandbox.meta.faults.add({
      match: { path: '/debug_token' },
      reply: { kind: 'error', status: 400, error: { code: 4, message: 'too many calls' } },
    });
    const first = await check(clientId);
    expect(first.run.status).toBe('FAILED');
    const shut =
      'is not valid any more: connect its account again with a new token (Its token cannot be opened: connect it again)';
    expect(first.log).toEqual([
      'WARN Facebook …iven could not be checked: Meta limits the calls of this app.',
      `WARN Facebook …shut ${shut}`,
      'ERROR Meta limits the calls of this app.',
    ]);
    const byId = new Map((await credentialsOf(test, clientId)).map((row) => [row.id, row]));
    expect(byId.get(given.id)).toMatchObject({ status: 'VALID', checkedAt: given.checkedAt });
    expect(byId.get(other.id)).toMatchObject({ status: 'REVOKED' });
    const google = [...byId.values()].find((row) => row.platform === 'GOOGLE');
    expect(google).toMatchObject({ status: 'VALID', warning: null });
    expect((await check(clientId)).run.status).toBe('SUCCEEDED');
  });

  it('an answer about a token that was renewed meanwhile is not kept', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    const before = await onlyOne(clientId);
    const real = platforms.get('META');
    if (!real) throw new Error('no such platform');
    const renewedMeanwhile = async () => {
      await connect(test, { clientId, platform: 'META' });
      return { valid: false, scopes: [], expiresAt: null };
    };
    platforms.set('META', { ...real, checkCredential: renewedMeanwhile });
    const { log } = await check(clientId);
    platforms.set('META', real);
    expect(log).toEqual([]);
    expect(await onlyOne(clientId)).toMatchObject({ id: before.id, status: 'VALID', warning: null });
  });
});

it('has a task for each active client with credentials, and none for the others', async () => {
  const [one, two, without, resting] = [
    await newClient(test),
    await newClient(test),
    await newClient(test),
    await newClient(test),
  ];
  for (const clientId of [one, two, resting]) await connect(test, { clientId, platform: 'META' });
  await system.db.prisma.client.update({ where: { id: resting }, data: { active: false } });
  const job = jobOf('CREDENTIAL_CHECK');
  const start = {
    parameters: {},
    clientId: null,
    trigger: 'SCHEDULE' as const,
    scheduleId: null,
    fireAt: new Date(),
  };
  const started = await job.start(system, start);
  const { rows } = await system.db.pool.query<{ client_id: string }>(
    'SELECT client_id FROM run_tasks WHERE run_id = $1',
    [started?.runId],
  );
  const clients = rows.map((row) => row.client_id);
  expect(clients).toEqual(expect.arrayContaining([one, two]));
  expect(clients).not.toContain(without);
  expect(clients).not.toContain(resting);
  expect(new Set(clients).size).toBe(clients.length);
  await waitFor(
    () => system.db.prisma.run.findFirst({ where: { id: started?.runId ?? '', finishedAt: { not: null } } }),
    { what: 'the check to end' },
  );
});
