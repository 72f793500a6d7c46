import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRANSIENT } from '../../sandbox/faults/presets.ts';
import { GOOGLE_FAULTS } from '../../sandbox/google/presets.ts';
import { waitFor } from '../support/waitFor.ts';
import { below, seeded } from './support/random.ts';
import type { Stage } from './support/stage.ts';
import { setStage } from './support/stage.ts';
import { duplicateFacts, spendByDay, tablesOf } from './support/tables.ts';

/** 20 in a hurry, 50 and more to be sure; `npm run test:faults` sets 200. */
const KILLS = Number(process.env['TRIBUTARY_TEST_KILLS'] ?? '20');
const SEED = Number(process.env['TRIBUTARY_TEST_SEED'] ?? '20261120');
/** On each platform 100 ads × 50 days. */
const RANGE = { from: '2026-07-21', to: '2026-09-08' };
const DAYS = 50;
const META = 'act_3000000001';
const GOOGLE = '8000000001';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    seed: SEED,
    accounts: [{ externalId: META, campaigns: 5, adSetsPerCampaign: 4, adsPerAdSet: 5 }],
    googleAccounts: [
      { customerId: GOOGLE, campaigns: 5, adGroupsPerCampaign: 4, adsPerAdGroup: 5, performanceMax: 1 },
    ],
  });
});
afterAll(() => stage.close());

const connected = (name: string) =>
  stage.addClient(name, [
    { platform: 'META', externalId: META, token: 'sandbox-1' },
    { platform: 'GOOGLE', externalId: GOOGLE, token: 'sandbox-1' },
  ]);

/**
 * What a page of Google is asked with: its conversions are a second question of the same page, and an account's zone,
 * windows and totals are no pages.
 */
const GOOGLE_PAGE = /^(?!.*segments\.conversion_action).*FROM (campaign|ad_group|ad_group_ad)\b/s;

/** Answers that were right and whole since the ledgers were cleared. */
function goodAnswers() {
  const { meta, google } = stage.sandbox;
  const good = ({ status, fault }: { status: number; fault: string | null }) =>
    status === 200 && fault === null;
  return {
    meta: meta.ledger.requests().filter(good).length,
    google: google.ledger.requests().filter((call) => good(call) && GOOGLE_PAGE.test(call.query)).length,
  };
}

const calls = () =>
  stage.sandbox.meta.ledger.requests().length + stage.sandbox.google.ledger.requests().length;

function clearLedgers(): void {
  stage.sandbox.meta.ledger.clear();
  stage.sandbox.google.ledger.clear();
}

/** Seven of a hundred calls fail on their way, each in one of the ways calls do. */
function sevenPercentFaults(): void {
  const broken = [{ kind: 'close' as const }, { kind: 'truncate' as const, atBytes: 200 }];
  const meta = [TRANSIENT.unavailable, TRANSIENT.html503, ...broken];
  const google = [GOOGLE_FAULTS.html503, GOOGLE_FAULTS.internal, ...broken];
  for (const reply of meta) {
    stage.sandbox.meta.faults.add({ times: Infinity, probability: 0.07 / meta.length, reply });
  }
  for (const reply of google) {
    stage.sandbox.google.faults.add({ times: Infinity, probability: 0.07 / google.length, reply });
  }
}

function clearFaults(): void {
  stage.sandbox.meta.faults.clear();
  stage.sandbox.google.faults.clear();
}

describe(`${String(KILLS)} times kill -9 during syncs of 10,000 rows with 7 % HTTP faults (seed ${String(SEED)})`, () => {
  it(
    'leaves the tables of an undisturbed run, and costs at most one page a kill and account',
    async () => {
      const calm = await connected('Calm');
      clearLedgers();
      const expected = await stage.ended(await stage.sync({ clientId: calm.id, range: RANGE }));
      expect(expected).toMatchObject({ status: 'SUCCEEDED', error: null });
      const pages = goodAnswers();
      const tables = await tablesOf(stage.databaseUrl, calm.uuid);
      expect(tables['ad_insights']?.length).toBeGreaterThanOrEqual(10_000);
      await expectLedgers(calm.uuid);

      const random = seeded(SEED);
      let kills = 0;
      const refetched = { meta: 0, google: 0 };
      for (let round = 1; kills < KILLS; round++) {
        const client = await connected(`Killed ${String(round)}`);
        sevenPercentFaults();
        clearLedgers();
        const runId = await stage.sync({ clientId: client.id, range: RANGE });
        while (kills < KILLS && (await comesAhead(runId, below(random, 12)))) {
          await stage.killAndRestart();
          kills += 1;
        }
        expect(await stage.ended(runId)).toEqual(expected);
        clearFaults();
        const asked = goodAnswers();
        refetched.meta += asked.meta - pages.meta;
        refetched.google += asked.google - pages.google;
        expect(await tablesOf(stage.databaseUrl, client.uuid)).toEqual(tables);
        expect(await duplicateFacts(stage.databaseUrl, client.uuid)).toBe(0);
        await expectLedgers(client.uuid);
      }
      expect(refetched.meta).toBeLessThanOrEqual(kills);
      expect(refetched.google).toBeLessThanOrEqual(kills);
    },
    60_000 + KILLS * 6_000,
  );
});

/** The spend of every account-day is what the platform's ledger says it served. */
async function expectLedgers(client: string): Promise<void> {
  const { meta, google } = stage.sandbox;
  const served = { [META]: meta.ledger, [GOOGLE]: google.ledger };
  for (const [account, ledger] of Object.entries(served)) {
    const days = await spendByDay(stage.databaseUrl, client, account);
    expect(days).toHaveLength(DAYS);
    const differing = days.filter(({ date, spend }) => Number(spend) !== Number(ledger.spend(account, date)));
    expect(differing).toEqual([]);
  }
}

/** Waits for so many further answers. False when the run ended before. */
async function comesAhead(runId: string, answers: number): Promise<boolean> {
  const target = calls() + answers + 1;
  let over = false;
  await waitFor(
    async () => {
      if (calls() >= target) return true;
      over = !['QUEUED', 'RUNNING'].includes((await stage.run(runId))?.status ?? 'QUEUED');
      return over;
    },
    { within: 60_000, what: `${String(answers + 1)} further calls` },
  );
  return !over;
}
