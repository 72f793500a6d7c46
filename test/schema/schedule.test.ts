import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeNodeId } from '../../src/schema/ids.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import type { Browser } from '../support/browser.ts';
import { openBrowser, signInWith } from '../support/browser.ts';
import { createPerson } from '../support/people.ts';

let test: TestApp;
let admin: Browser;
let adminName: string;
let active: string;
let inactive: string;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const make = async (name: string) =>
    (await createClient(test.system, { name, timezone: 'UTC', currency: 'EUR' })).id;
  active = await make('Active');
  inactive = await make('Inactive');
  await test.system.db.prisma.client.update({ where: { id: inactive }, data: { active: false } });
  const person = await createPerson(test.system);
  adminName = (await test.system.db.prisma.user.findFirstOrThrow({ where: { id: person.id } })).name;
  admin = openBrowser(test.graphqlUrl);
  await signInWith(admin, person.email, person.password);
});
afterAll(() => test.stop());
beforeEach(() => test.system.db.prisma.schedule.deleteMany());

const FIELDS =
  'id kind cron timezone client { name } parameters enabled nextRun nextRuns(count: 2) lastRun { id status } runCount';
const CREATE = `mutation ($input: ScheduleInput!) { createSchedule(input: $input) { ${FIELDS} } }`;
const UPDATE = `mutation ($id: ID!, $input: ScheduleInput!) { updateSchedule(id: $id, input: $input) { ${FIELDS} } }`;
const DELETE = 'mutation ($id: ID!) { deleteSchedule(id: $id) }';
const PREVIEW =
  'query ($cron: String!, $timezone: String!, $count: Int) { previewSchedule(cron: $cron, timezone: $timezone, count: $count) }';
const STATUS = '{ schedulerStatus { running nextFire pausedAt pausedBy } }';

const INPUT = { kind: 'ADS_SYNC', cron: '5 6 * * *', timezone: 'Europe/Warsaw' };
const clientId = (id: string) => encodeNodeId('Client', id);

interface Made {
  id: string;
  cron: string;
  nextRuns: string[];
}

async function create(input: object = {}): Promise<Made> {
  const { data, codes } = await admin.ask(CREATE, { variables: { input: { ...INPUT, ...input } } });
  expect(codes).toEqual([]);
  return (data as { createSchedule: Made }).createSchedule;
}

const refusal = async (document: string, variables: object) => {
  const { codes, messages } = await admin.ask(document, { variables: { ...variables } });
  return { code: codes.join(), message: messages.join() };
};

describe('createSchedule', () => {
  it('stores a schedule of one client or all, with what is due next', async () => {
    const made = await create({ clientId: clientId(active), parameters: { days: 7 } });
    expect(made).toMatchObject({
      ...INPUT,
      client: { name: 'Active' },
      parameters: { days: 7 },
      enabled: true,
      lastRun: null,
      runCount: 0,
    });
    expect(made.nextRuns).toHaveLength(2);
    const [first = '', second = ''] = made.nextRuns;
    expect(first > new Date().toISOString() && second > first).toBe(true);
    expect(
      await create({ cron: '  5   6 * *  * ', timezone: 'europe/warsaw', enabled: false }),
    ).toMatchObject({
      ...INPUT,
      client: null,
      parameters: {},
      enabled: false,
      nextRun: null,
      nextRuns: [],
    });
  });

  it.each([
    ['a field out of range', { cron: '61 * * * *' }, 'invalid value for minute: 61'],
    ['four fields', { cron: '* * * *' }, 'write 5 fields'],
    ['a day that does not exist', { cron: '0 0 30 2 *' }, 'never due'],
    ['a zone that does not exist', { timezone: 'Mars/Olympus' }, '"Mars/Olympus" is no time zone'],
    ['a parameter out of range', { parameters: { days: 0 } }, 'parameters.days'],
    ['a parameter of the wrong type', { parameters: { days: 'seven' } }, 'parameters.days'],
    ['a parameter that the job does not have', { parameters: { dayz: 7 } }, '"dayz"'],
    ['a platform that does not exist', { parameters: { platform: 'NOWHERE' } }, 'parameters.platform'],
    ['parameters that are no object', { parameters: [7] }, 'parameters'],
    ['a parameter of another job', { kind: 'CREDENTIAL_CHECK', parameters: { days: 7 } }, '"days"'],
  ])('refuses %s and says what is wrong', async (_what, input, words) => {
    const { code, message } = await refusal(CREATE, { input: { ...INPUT, ...input } });
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(words);
    expect(await test.system.db.prisma.schedule.count()).toBe(0);
  });

  it('refuses a client that is not there, or not active unless the schedule is disabled', async () => {
    const of = (id: string, more: object = {}) => ({ input: { ...INPUT, clientId: clientId(id), ...more } });
    expect((await refusal(CREATE, of(randomUUID()))).code).toBe('NOT_FOUND');
    expect(await refusal(CREATE, of(inactive))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('not active') as string,
    });
    expect((await refusal(CREATE, of(inactive, { enabled: false }))).code).toBe('');
  });

  it('refuses a second one of the same job, client and times, also of two at once', async () => {
    await create();
    expect(
      (await refusal(CREATE, { input: { ...INPUT, cron: ' 5 6  * * *', parameters: { days: 3 } } })).code,
    ).toBe('CONFLICT');
    await create({ clientId: clientId(active) });
    const twice = { input: { ...INPUT, cron: '6 6 * * *' } };
    const codes = await Promise.all([refusal(CREATE, twice), refusal(CREATE, twice), refusal(CREATE, twice)]);
    expect(codes.map(({ code }) => code).sort()).toEqual(['', 'CONFLICT', 'CONFLICT']);
  });
});

describe('updateSchedule', () => {
  it('replaces all of it and keeps its counts', async () => {
    const { id } = await create({ clientId: clientId(active), parameters: { days: 7 }, enabled: false });
    await test.system.db.prisma.schedule.updateMany({ data: { runCount: 5 } });
    const input = { ...INPUT, cron: '35 * * * *' };
    expect((await admin.ask(UPDATE, { variables: { id, input } })).data).toMatchObject({
      updateSchedule: { id, ...input, client: null, parameters: {}, enabled: true, runCount: 5 },
    });
  });

  it('forgets what was due before when the times change, and only then', async () => {
    const { id } = await create();
    const old = new Date('2026-01-01T00:00:00Z');
    const changedAt = async (input: object) => {
      await test.system.db.prisma.schedule.updateMany({ data: { updatedAt: old } });
      expect((await refusal(UPDATE, { id, input: { ...INPUT, ...input } })).code).toBe('');
      return (await test.system.db.prisma.schedule.findFirstOrThrow()).updatedAt;
    };
    expect(await changedAt({ parameters: { days: 2 } })).toEqual(old);
    expect(await changedAt({ clientId: clientId(active) })).toEqual(old);
    for (const input of [{ cron: '6 6 * * *' }, { enabled: false }, { enabled: true }, { timezone: 'UTC' }]) {
      const at = await changedAt(input);
      expect(Math.abs(Date.now() - at.getTime())).toBeLessThan(60_000);
    }
  });

  it('refuses what createSchedule refuses, another schedule\u2019s times and an id that is not there', async () => {
    const first = await create();
    const second = await create({ cron: '6 6 * * *' });
    const codeOf = async (id: string, input: object) =>
      (await refusal(UPDATE, { id, input: { ...INPUT, ...input } })).code;
    expect(await codeOf(second.id, {})).toBe('CONFLICT');
    expect(await codeOf(first.id, {})).toBe('');
    expect(await codeOf(first.id, { cron: 'never' })).toBe('BAD_USER_INPUT');
    expect(await codeOf(first.id, { parameters: { days: 0 } })).toBe('BAD_USER_INPUT');
    for (const id of [encodeNodeId('Schedule', randomUUID()), clientId(active), 'nonsense']) {
      expect(await codeOf(id, { cron: '7 7 * * *' })).toBe('NOT_FOUND');
    }
  });
});

it('deleteSchedule deletes once and leaves the others', async () => {
  const { id } = await create();
  const other = await create({ cron: '6 6 * * *' });
  expect((await admin.ask(DELETE, { variables: { id } })).data).toEqual({ deleteSchedule: id });
  expect((await refusal(DELETE, { id })).code).toBe('NOT_FOUND');
  const { schedules } = await test.client().request<{ schedules: { id: string }[] }>('{ schedules { id } }');
  expect(schedules).toEqual([{ id: other.id }]);
});

it('every change is in the audit log with the schedule it is about', async () => {
  const { id } = await create();
  await refusal(UPDATE, { id, input: { ...INPUT, enabled: false } });
  await refusal(UPDATE, { id, input: { ...INPUT, cron: 'never' } });
  await refusal(DELETE, { id });
  const uuid = Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';
  const entries = await test.system.db.prisma.auditEntry.findMany({
    where: { target: `Schedule:${uuid}` },
    orderBy: { id: 'asc' },
  });
  expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['createSchedule', 'OK'],
    ['updateSchedule', 'OK'],
    ['updateSchedule', 'BAD_USER_INPUT'],
    ['deleteSchedule', 'OK'],
  ]);
});

describe('previewSchedule', () => {
  it('tells the next moments, five unless asked otherwise', async () => {
    const ask = async (more: object = {}) =>
      (
        (await admin.ask(PREVIEW, { variables: { cron: '0 2 1 * *', timezone: 'Asia/Almaty', ...more } }))
          .data as { previewSchedule: string[] }
      ).previewSchedule;
    const five = await ask();
    expect(five).toHaveLength(5);
    // 02:00 on the 1st in Almaty is 21:00 UTC the day before.
    expect(five.every((moment) => moment.endsWith('T21:00:00.000Z'))).toBe(true);
    expect(await ask({ count: 2 })).toEqual(five.slice(0, 2));
  });

  it.each([
    [{ cron: '0 0 31 4 *', timezone: 'UTC' }, 'never due'],
    [{ cron: '0 0 * * *', timezone: 'Nowhere' }, 'no time zone'],
    [{ cron: '0 0 * * *', timezone: 'UTC', count: 11 }, 'from 1 to 10'],
    [{ cron: '0 0 * * *', timezone: 'UTC', count: 0 }, 'from 1 to 10'],
  ])('refuses %j', async (variables, words) => {
    const { code, message } = await refusal(PREVIEW, variables);
    expect(code).toBe('BAD_USER_INPUT');
    expect(message).toContain(words);
  });
});

describe('the scheduler', () => {
  const stop = async () =>
    (await admin.ask('mutation { stopScheduler { running nextFire pausedAt pausedBy } }')).data;
  const go = async () =>
    (await admin.ask('mutation { startScheduler { running nextFire pausedAt pausedBy } }')).data;
  const status = async () =>
    ((await admin.ask(STATUS)).data as { schedulerStatus: { nextFire: string | null } }).schedulerStatus;

  it('says when something starts next, whatever cannot', async () => {
    expect(await status()).toEqual({ running: true, nextFire: null, pausedAt: null, pausedBy: null });
    await create({ cron: '* * * * * *', enabled: false });
    await create({ cron: '* * * * * *', clientId: clientId(active) });
    await test.system.db.prisma.schedule.updateMany({
      where: { clientId: active },
      data: { clientId: inactive },
    });
    expect((await status()).nextFire).toBeNull();
    const { nextRuns } = await create({ cron: '0 0 1 1 *', timezone: 'UTC' });
    await create({ cron: '0 0 2 1 *', timezone: 'UTC' });
    expect((await status()).nextFire).toBe(nextRuns[0]);
  });

  it('stops and starts as a whole, and says who stopped it first', async () => {
    const { nextRuns } = await create({ cron: '0 0 1 1 *', timezone: 'UTC' });
    const stopped = {
      running: false,
      nextFire: null,
      pausedBy: adminName,
      pausedAt: expect.any(String) as string,
    };
    const first = await stop();
    expect(first).toEqual({ stopScheduler: stopped });
    const key = test.client();
    await key.request('mutation { stopScheduler { running } }');
    expect({ stopScheduler: await status() }).toEqual(first);
    expect(await go()).toEqual({
      startScheduler: { running: true, nextFire: nextRuns[0], pausedAt: null, pausedBy: null },
    });
    await key.request('mutation { stopScheduler { running } }');
    expect((await status()) as object).not.toMatchObject({ pausedBy: adminName });
    await go();
  });
});

describe('schedules', () => {
  it('lists them with client and last run, in the same number of statements', async () => {
    const list = async () => {
      test.takeQueries();
      const query = '{ schedules { kind client { name } lastRun { kind status } } }';
      const answer = await test.client().request<{ schedules: object[] }>(query);
      return { ...answer, statements: test.takeQueries().length };
    };
    const fired = async (cron: string) => {
      const { id } = await create({ cron, clientId: clientId(active) });
      const uuid = Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';
      await test.system.db.pool.query(
        `WITH run AS (INSERT INTO runs (kind, trigger, status, client_id, work_key, requested_by)
                      VALUES ('ADS_SYNC', 'SCHEDULE', 'FAILED', $2, $1::text, 'test') RETURNING id)
         INSERT INTO schedule_fires (schedule_id, fire_at, run_id)
         SELECT $1::uuid, now(), id FROM run UNION ALL SELECT $1::uuid, now() + interval '1 s', NULL`,
        [uuid, active],
      );
    };
    await fired('1 1 * * *');
    const before = await list();
    expect(before.schedules).toEqual([
      { kind: 'ADS_SYNC', client: { name: 'Active' }, lastRun: { kind: 'ADS_SYNC', status: 'FAILED' } },
    ]);
    await fired('2 2 * * *');
    await fired('3 3 * * *');
    const after = await list();
    expect(after.schedules).toHaveLength(3);
    expect(after.statements).toBe(before.statements);
  });
});
