import { expect } from 'vitest';
import type { Crew, CrewAccount } from './crew.ts';
import { duplicateFacts, spendByDay } from './tables.ts';

export const RANGE = { from: '2026-08-01', to: '2026-08-10' };
const DAYS = 10;

/** One way in which a platform misbehaves, and what must be true afterwards. */
export interface Scenario {
  what: string;
  /** Sets the trouble up; it is of this account only. */
  arrange(crew: Crew, account: CrewAccount): void;
  /** SUCCEEDED: everything is there. Otherwise the class the task fails with. */
  ends: 'SUCCEEDED' | 'REAUTHORIZE' | 'RETRY' | 'FIX';
  /** The most calls of insights that may be made. */
  mostCalls?: number;
}

/** Puts the scenario on stage and looks at every promise. `token` is in no line of the log. */
export async function expectPromise(
  crew: Crew,
  { arrange, ends, mostCalls }: Scenario,
  who: { platform: 'META' | 'GOOGLE'; externalId: string },
): Promise<void> {
  const token = `sandbox-canary-${who.externalId}`;
  const account = await crew.add(who.platform, who.externalId, token);
  arrange(crew, account);
  const outcome = await crew.outcome(await crew.sync(account, RANGE));
  if (ends === 'SUCCEEDED') {
    expect(outcome).toEqual({
      status: 'SUCCEEDED',
      taskStatus: 'SUCCEEDED',
      errorClass: null,
      reason: null,
    });
    await expectLedger(crew, account);
  } else {
    expect(outcome).toMatchObject({ status: 'FAILED', taskStatus: 'FAILED', errorClass: ends });
    expect(outcome.reason).toMatch(/\w+/);
    expect(await spendByDay(url(crew), account.clientId, account.externalId)).toEqual([]);
  }
  expect(await duplicateFacts(url(crew), account.clientId)).toBe(0);
  if (mostCalls !== undefined) expect(insightCalls(crew, account)).toBeLessThanOrEqual(mostCalls);
  expect(crew.app.logged()).not.toContain(token);
  await expect(crew.ctx.db.prisma.client.count()).resolves.toBeGreaterThan(0);
}

/** A platform that asks for a pause. */
export interface Throttle {
  /** Strikes the account once. */
  strike: Scenario['arrange'];
  /** The pause is at least so long. */
  seconds: number;
  /** An account of the same platform that nothing ails. */
  bystander: CrewAccount;
}

/** No call inside the pause, another account goes on meanwhile, and it ends well. */
export async function expectPauseKept(crew: Crew, externalId: string, throttle: Throttle): Promise<void> {
  const { strike, seconds, bystander } = throttle;
  const account = await crew.add(bystander.platform, externalId, `sandbox-${externalId}`);
  strike(crew, account);
  const runId = await crew.sync(account, RANGE);
  expect(await crew.outcome(runId, 'waiting')).toMatchObject({ taskStatus: 'QUEUED', errorClass: 'WAIT' });
  const { pausedUntil } = await crew.ctx.db.prisma.adAccount.findUniqueOrThrow({
    where: { id: account.accountId },
  });
  expect((pausedUntil?.getTime() ?? 0) - Date.now()).toBeGreaterThan(seconds * 1_000 - 5_000);

  const before = allCalls(crew, account);
  expect(await crew.outcome(await crew.sync(bystander, RANGE))).toMatchObject({ status: 'SUCCEEDED' });
  expect(allCalls(crew, account)).toBe(before);

  await crew.endPause(account);
  expect(await crew.outcome(runId)).toMatchObject({ status: 'SUCCEEDED' });
  await expectLedger(crew, account);
}

/** What is stored of every day is what the platform's ledger says it served, to the last digit. */
export async function expectLedger(crew: Crew, account: CrewAccount): Promise<void> {
  const { meta, google } = crew.app.sandbox;
  const ledger = account.platform === 'META' ? meta.ledger : google.ledger;
  const days = await spendByDay(url(crew), account.clientId, account.externalId);
  expect(days).toHaveLength(DAYS);
  for (const { date, spend } of days) {
    expect([date, Number(spend)]).toEqual([date, Number(ledger.spend(account.externalId, date))]);
    expect(Number(spend)).toBeGreaterThan(0);
  }
}

/** Calls for figures of this account, those that failed included. */
export function insightCalls(crew: Crew, account: CrewAccount): number {
  return account.platform === 'META'
    ? metaCalls(crew, account).filter((call) => call.path.endsWith('/insights')).length
    : googleCalls(crew, account).filter((call) => call.query.includes('metrics.')).length;
}

/** Every call about this account. */
export function allCalls(crew: Crew, account: CrewAccount): number {
  return account.platform === 'META' ? metaCalls(crew, account).length : googleCalls(crew, account).length;
}

function metaCalls({ app }: Crew, { externalId }: CrewAccount) {
  return app.sandbox.meta.ledger.requests().filter((call) => call.account === externalId);
}

function googleCalls({ app }: Crew, { externalId }: CrewAccount) {
  return app.sandbox.google.ledger.requests().filter((call) => call.customer === externalId);
}

const urls = new WeakMap<Crew, string>();
function url(crew: Crew): string {
  const known = urls.get(crew) ?? crew.ctx.db.staff.url;
  urls.set(crew, known);
  return known;
}
