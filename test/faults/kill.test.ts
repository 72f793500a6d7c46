import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRANSIENT } from '../../sandbox/faults/presets.ts';
import { waitFor } from '../support/waitFor.ts';
import { below, seeded } from './support/random.ts';
import type { Stage } from './support/stage.ts';
import { setStage } from './support/stage.ts';
import { duplicateFacts, spendByDay, tablesOf } from './support/tables.ts';

/** `npm run test:faults` sets 200. */
const KILLS = Number(process.env['TRIBUTARY_TEST_KILLS'] ?? '50');
const SEED = Number(process.env['TRIBUTARY_TEST_SEED'] ?? '20261120');
/** 100 ads × 100 days. */
const RANGE = { from: '2026-06-01', to: '2026-09-08' };
const ACCOUNT = 'act_3000000001';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    seed: SEED,
    accounts: [{ externalId: ACCOUNT, campaigns: 5, adSetsPerCampaign: 4, adsPerAdSet: 5 }],
  });
});
afterAll(() => stage.close());

const connected = (name: string) =>
  stage.addClient(name, [{ platform: 'META', externalId: ACCOUNT, token: 'sandbox-1' }]);

/** Answers that were right and whole since the ledger was cleared: pages, and what else a sync asks for. */
const goodAnswers = () =>
  stage.sandbox.meta.ledger.requests().filter(({ status, fault }) => status === 200 && fault === null).length;

/** Seven of a hundred calls fail on their way, each in one of the ways calls do. */
function sevenPercentFaults(): void {
  const ways = [
    TRANSIENT.unavailable,
    TRANSIENT.html503,
    { kind: 'close' as const },
    { kind: 'truncate' as const, atBytes: 200 },
  ];
  for (const reply of ways) {
    stage.sandbox.meta.faults.add({ times: Infinity, probability: 0.07 / ways.length, reply });
  }
}

describe(`${String(KILLS)} times kill -9 during syncs of 10,000 rows with 7 % HTTP faults (seed ${String(SEED)})`, () => {
  it(
    'leaves the tables of an undisturbed run, and costs at most one page a kill',
    async () => {
      const calm = await connected('Calm');
      stage.sandbox.meta.ledger.clear();
      const expected = await stage.ended(await stage.sync({ clientId: calm.id, range: RANGE }));
      expect(expected).toMatchObject({ status: 'SUCCEEDED', error: null });
      const pages = goodAnswers();
      const tables = await tablesOf(stage.databaseUrl, calm.uuid);
      expect(tables['ad_insights']?.length).toBeGreaterThanOrEqual(10_000);

      const random = seeded(SEED);
      let kills = 0;
      let refetched = 0;
      for (let round = 1; kills < KILLS; round++) {
        const client = await connected(`Killed ${String(round)}`);
        sevenPercentFaults();
        stage.sandbox.meta.ledger.clear();
        const runId = await stage.sync({ clientId: client.id, range: RANGE });
        while (kills < KILLS && (await comesAhead(runId, below(random, 4)))) {
          await stage.killAndRestart();
          kills += 1;
        }
        expect(await stage.ended(runId)).toEqual(expected);
        stage.sandbox.meta.faults.clear();
        refetched += goodAnswers() - pages;
        expect(await tablesOf(stage.databaseUrl, client.uuid)).toEqual(tables);
        expect(await duplicateFacts(stage.databaseUrl, client.uuid)).toBe(0);
      }
      const days = await spendByDay(stage.databaseUrl, calm.uuid, ACCOUNT);
      expect(days).toHaveLength(100);
      for (const { date, spend } of days) {
        expect(Number(spend)).toBe(Number(stage.sandbox.meta.ledger.spend(ACCOUNT, date)));
      }
      expect(refetched).toBeLessThanOrEqual(kills);
    },
    60_000 + KILLS * 6_000,
  );
});

/** Waits for so many further answers. False when the run ended before. */
async function comesAhead(runId: string, answers: number): Promise<boolean> {
  const target = stage.sandbox.meta.ledger.requests().length + answers + 1;
  let over = false;
  await waitFor(
    async () => {
      if (stage.sandbox.meta.ledger.requests().length >= target) return true;
      over = !['QUEUED', 'RUNNING'].includes((await stage.run(runId))?.status ?? 'QUEUED');
      return over;
    },
    { within: 60_000, what: `${String(answers + 1)} further calls` },
  );
  return !over;
}
