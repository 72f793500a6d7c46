import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/services/clients/create.ts';
import { contextOf } from '../services/sync/support.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { buildCommand, runCommand } from './process.ts';

let database: TestDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  buildCommand();
  database = await createTestDatabase();
  settings = {
    DATABASE_URL: database.url,
    TRIBUTARY_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };
  await createClient(contextOf(database.db), { name: 'Nord', timezone: 'UTC', currency: 'NOK' });
}, 120_000);
afterAll(() => database.drop());
beforeEach(() => database.db.prisma.schedule.deleteMany());

const schedules = (...options: string[]) => runCommand(['schedules', ...options], settings);
const stored = () => database.db.prisma.schedule.findMany();

interface Shown {
  id: string;
  kind: string;
  cron: string;
  client: string | null;
  enabled: boolean;
  nextRuns: string[];
}

async function json<T = Shown>(...options: string[]): Promise<T> {
  const { code, stdout, stderr } = await schedules(...options, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

const NEW_YEAR = ['--cron', '0 0 1 1 *', '--timezone', 'Asia/Almaty'];

describe('add', () => {
  it('checks and shows the next five moments before it saves', async () => {
    const options = [
      'add',
      '--kind',
      'ads-sync',
      ...NEW_YEAR,
      '--client',
      'nord',
      '--parameters',
      '{"days":7}',
    ];
    const dry = await schedules(...options, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(
      /^ADS_SYNC for nord, next:\n(  \d{4}-12-31T19:00:00Z .*00:00:00.*\n){5}Would add it\./,
    );
    expect(await stored()).toEqual([]);

    const added = await json(...options);
    expect(added).toMatchObject({ kind: 'ADS_SYNC', client: 'nord', enabled: true, parameters: { days: 7 } });
    expect(added.nextRuns).toHaveLength(5);
    expect(await stored()).toMatchObject([{ id: added.id, kind: 'ADS_SYNC', cron: '0 0 1 1 *' }]);
    const entry = await database.db.prisma.auditEntry.findFirst({ where: { action: 'createSchedule' } });
    expect(entry).toMatchObject({ actorName: 'cli', target: `Schedule:${added.id}`, outcome: 'OK' });

    const again = await schedules(...options, '--dry-run');
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('already');
  }, 60_000);

  it.each([
    ['a job', ['--kind', 'NOTHING', ...NEW_YEAR], 'kind must be one of ADS_SYNC'],
    ['JSON', ['--kind', 'ADS_SYNC', ...NEW_YEAR, '--parameters', '{days:7}'], 'must be JSON'],
    ['a client', ['--kind', 'ADS_SYNC', ...NEW_YEAR, '--client', 'nobody'], 'No such client: nobody'],
  ])(
    'refuses what is not %s',
    async (_what, options, words) => {
      const { code, stderr } = await schedules('add', ...options);
      expect(code).toBe(2);
      expect(stderr).toContain(words);
      expect(await stored()).toEqual([]);
    },
    60_000,
  );
});

it('update, disable, enable and remove change what they say, and nothing as a dry run', async () => {
  const { id } = await json(
    'add',
    '--kind',
    'ADS_SYNC',
    ...NEW_YEAR,
    '--client',
    'nord',
    '--parameters',
    '{"days":7}',
  );
  const [before] = await stored();
  expect(await json('update', id, '--cron', '0 0 2 1 *', '--dry-run')).toMatchObject({
    dryRun: true,
    cron: '0 0 2 1 *',
  });
  await json('disable', id, '--dry-run');
  await json('remove', id, '--dry-run');
  expect(await stored()).toEqual([before]);

  await json('update', id, '--cron', '0 0 2 1 *');
  expect(await stored()).toMatchObject([
    { cron: '0 0 2 1 *', clientId: before?.clientId, parameters: { days: 7 }, enabled: true },
  ]);
  await json('update', id, '--client', '*', '--parameters', '{}');
  expect(await stored()).toMatchObject([{ cron: '0 0 2 1 *', clientId: null, parameters: {} }]);
  expect(await json('disable', id)).toMatchObject({ enabled: false, nextRuns: [] });
  expect((await json('enable', id)).nextRuns).toHaveLength(5);
  expect((await schedules('remove', id)).stdout).toContain(`Removed ${id}`);
  expect(await stored()).toEqual([]);
  for (const gone of [id, randomUUID(), 'nonsense']) {
    expect(await schedules('enable', gone)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No such schedule') as string,
    });
  }
}, 120_000);

it('list, preview, pause and resume', async () => {
  expect((await schedules('list')).stdout).toContain('No schedule yet');
  const { id } = await json('add', '--kind', 'ADS_SYNC', ...NEW_YEAR);
  const listed = await schedules('list');
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toMatch(
    new RegExp(`${id} +ADS_SYNC +all +0 0 1 1 \\* +Asia/Almaty +\\d{4}-12-31T19:00:00Z`),
  );

  const preview = await json<{ nextRuns: string[] }>('preview', ...NEW_YEAR, '--count', '3');
  expect(preview.nextRuns).toHaveLength(3);
  expect((await schedules('preview', '--cron', '0 0 30 2 *', '--timezone', 'UTC')).stderr).toContain(
    'never due',
  );

  expect((await schedules('pause', '--dry-run')).stdout).toContain('Nothing was changed.');
  expect(await json('list')).toMatchObject({ running: true, schedules: [{ id }] });
  expect(await json('pause')).toMatchObject({ running: false, pausedBy: 'cli' });
  expect((await schedules('list')).stderr).toContain('All are paused by cli');
  expect(await json('resume')).toMatchObject({
    running: true,
    nextFire: expect.stringContaining('-12-31T19:') as string,
  });
}, 120_000);
