import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dayOf } from '../../src/lib/days.ts';
import { monthPlus } from '../../src/services/months/calendar.ts';
import type { TestDatabase } from '../support/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { buildCommand, runCommand } from './process.ts';

const CLIENT = 'tau-coffee';
/** Long enough ago that nothing changes any more, whatever the zone. */
const MONTH = monthPlus(dayOf(new Date(), 'UTC').slice(0, 7), -3);

let database: TestDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  buildCommand();
  database = await createTestDatabase();
  settings = {
    DATABASE_URL: database.url,
    TRIBUTARY_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TRIBUTARY_SANDBOX: 'true',
  };
}, 120_000);
afterAll(() => database.drop());

const args = ['close-month', MONTH, '--client', CLIENT, '--platform', 'meta'];

interface Outcome {
  status: string;
  month: string;
  months: { client: string; platform: string; outcome: string; reason: string }[];
}

async function close(...more: string[]): Promise<{ code: number | null; outcome: Outcome }> {
  const { code, stdout } = await runCommand([...args, '--json', ...more], settings);
  return { code, outcome: JSON.parse(stdout) as Outcome };
}

async function books(): Promise<unknown[]> {
  return (await database.db.queue.query('SELECT month, state, quality FROM months')).rows;
}

it('says what it would do, does it once, and leaves alone what is FINAL', async () => {
  const planned = await close('--dry-run');
  expect(planned).toMatchObject({ code: 0, outcome: { status: 'SUCCEEDED', month: MONTH } });
  expect(planned.outcome.months).toMatchObject([
    {
      client: CLIENT,
      platform: 'META',
      outcome: 'DRY_RUN',
      reason: expect.stringMatching(/^would read \d+ days of act_/) as string,
    },
  ]);
  expect(await books()).toEqual([]);
  const first = await close();
  expect(first).toMatchObject({ code: 0, outcome: { status: 'SUCCEEDED', months: [{ outcome: 'SAVED' }] } });
  expect(await books()).toEqual([{ month: MONTH, state: 'FINAL', quality: 'RICH' }]);
  const { code, stdout } = await runCommand(args, settings);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nCLIENT +PLATFORM +OUTCOME +REASON\n/);
  expect(stdout).not.toContain('SKIPPED: SKIPPED');
  expect(stdout).toMatch(new RegExp(`\\n${CLIENT} +META +SKIPPED +FINAL since `));
}, 120_000);

it.each([
  ['2026-13', /month must be a month/],
  ['2099-01', /has not begun/],
])('refuses %s', async (month, why) => {
  const { code, stderr } = await runCommand(['close-month', month], settings);
  expect(code).toBe(2);
  expect(stderr).toMatch(why);
});
