import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeClock } from '../../src/cli/doctor/clock.ts';
import { judgeCredential, judgeVersion } from '../../src/cli/doctor/platforms.ts';
import { judgeQueue, judgeRun } from '../../src/cli/doctor/queue.ts';
import type { TestDatabase } from '../support/database.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import { buildCommand, runCommand } from './process.ts';

let database: TestDatabase;
let settings: Record<string, string>;

const newKey = () => randomBytes(32).toString('base64');

beforeAll(async () => {
  buildCommand();
  database = await createTestDatabase();
  settings = {
    DATABASE_URL: database.url,
    TRIBUTARY_SECRET_KEYS: `k1:${newKey()}`,
    TRIBUTARY_SANDBOX: 'true',
  };
}, 120_000);

afterAll(() => database.drop());

interface Checkup {
  ok: boolean;
  checks: { check: string; status: string; message: string; todo: string | null }[];
}

async function examine(
  more: Record<string, string> = {},
): Promise<{ code: number | null; checkup: Checkup }> {
  const { code, stdout } = await runCommand(['doctor', '--json'], { ...settings, ...more });
  return { code, checkup: JSON.parse(stdout) as Checkup };
}

it('finds a healthy installation healthy', async () => {
  await runCommand(['sync', '--days', '1', '--json'], settings);
  const { code, checkup } = await examine();
  expect({ code, ok: checkup.ok }).toEqual({ code: 0, ok: true });
  expect(checkup.checks.filter(({ status }) => status !== 'OK')).toEqual([]);
  const messages = checkup.checks.map(({ check, message }) => `${check}: ${message}`).join('\n');
  for (const found of [
    /PostgreSQL \d+/,
    /7 stored credentials/,
    /7 of 7 credentials work/,
    /last ADS_SYNC: SUCC/,
  ]) {
    expect(messages).toMatch(found);
  }
});

it('finds credentials that another key encrypted, and names the key that is missing', async () => {
  const { code, checkup } = await examine({ TRIBUTARY_SECRET_KEYS: `k2:${newKey()}` });
  expect({ code, ok: checkup.ok }).toEqual({ code: 1, ok: false });
  expect(checkup.checks).toContainEqual({
    check: 'secrets',
    status: 'FAIL',
    message: '7 of 7 credentials cannot be opened',
    todo: 'Put the keys they were encrypted with back into TRIBUTARY_SECRET_KEYS: k1.',
  });
});

it('finds a database that is not migrated, and migrates nothing itself', async () => {
  const empty = await createEmptyDatabase();
  try {
    for (let time = 0; time < 2; time++) {
      const { code, checkup } = await examine({ DATABASE_URL: empty.url });
      expect(code).toBe(0);
      expect(checkup.checks).toContainEqual(
        expect.objectContaining({
          check: 'migrations',
          status: 'WARN',
          message: expect.stringContaining('_init'),
        }),
      );
    }
    const migrated = await runCommand(['migrate'], { ...settings, DATABASE_URL: empty.url });
    expect(migrated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^applied \d+_init\n/) });
    const again = await runCommand(['migrate'], { ...settings, DATABASE_URL: empty.url });
    expect(again).toMatchObject({ code: 0, stdout: 'up to date\n' });
  } finally {
    await empty.drop();
  }
});

describe('judgement', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const later = (ms: number) => new Date(now.getTime() + ms);

  it.each([
    { ms: 2_999, status: 'OK' },
    { ms: -2_999, status: 'OK' },
    { ms: 3_000, status: 'WARN', says: '3 s ahead of the database' },
    { ms: -299_000, status: 'WARN', says: '299 s behind the database' },
    { ms: 300_000, status: 'FAIL' },
  ])('of a clock $ms ms ahead is $status', ({ ms, status, says = '' }) => {
    const finding = judgeClock('the database', later(ms), now);
    expect(finding.status).toBe(status);
    expect(finding.message).toContain(says);
  });

  it.each([
    { endsOn: null, status: 'OK' },
    { endsOn: '2027-01-20', status: 'OK' },
    { endsOn: '2027-01-19', status: 'WARN' },
    { endsOn: '2026-11-21', status: 'WARN' },
    { endsOn: '2026-11-20', status: 'FAIL' },
  ])('of a version that ends on $endsOn is $status', ({ endsOn, status }) => {
    expect(judgeVersion('Meta', { version: 'v26.0', endsOn }, '2026-11-20').status).toBe(status);
  });

  it.each([
    { check: { valid: true, expiresAt: null }, status: 'OK' },
    { check: { valid: true, expiresAt: later(15 * 86_400_000) }, status: 'OK' },
    { check: { valid: true, expiresAt: later(13 * 86_400_000) }, status: 'WARN' },
    { check: { valid: false, expiresAt: null, reason: 'revoked' }, status: 'FAIL' },
  ])('of a credential $check is $status', ({ check, status }) => {
    expect(judgeCredential('META act_1', { scopes: [], ...check }, now).status).toBe(status);
  });

  it.each([
    { row: { waiting: 3, overdue: 0, oldest: now, lost: 0 }, statuses: ['OK'] },
    { row: { waiting: 3, overdue: 2, oldest: now, lost: 0 }, statuses: ['FAIL'] },
    { row: { waiting: 3, overdue: 2, oldest: now, lost: 1 }, statuses: ['WARN', 'FAIL'] },
  ])('of the queue $row is $statuses', ({ row, statuses }) => {
    expect(judgeQueue(row).map(({ status }) => status)).toEqual(statuses);
  });

  it.each([
    { status: 'SUCCEEDED', verdict: 'OK' },
    { status: 'SKIPPED', verdict: 'OK' },
    { status: 'PARTIAL', verdict: 'WARN' },
    { status: 'FAILED', verdict: 'WARN' },
  ])('of a last run $status is $verdict', ({ status, verdict }) => {
    const finding = judgeRun({ kind: 'ADS_SYNC', status, finished_at: now, error_reason: 'why' });
    expect(finding.status).toBe(verdict);
  });
});
