import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultReply } from '../../../../sandbox/faults/faults.ts';
import { REFUSED, REPORT_ENDS, TOO_MUCH } from '../../../../sandbox/faults/presets.ts';
import type { Sandbox } from '../../../../sandbox/index.ts';
import { startSandbox } from '../../../../sandbox/index.ts';
import type { AdPlatform, Bookmark, InsightPage } from '../../../../src/connectors/ads/contract.ts';
import { daysOf } from '../../../../src/lib/days.ts';
import { collect, failureOf, gateAt, IMPATIENT, NOW, QUICK_PATIENCE, TOKEN } from './graphServer.ts';
import { ACCESS, ACCOUNT, factsOf, metaAccountsOf, metaAt, RANGE, truthOf, WEEK } from './readingWorld.ts';

const DAY = { from: RANGE.from, to: RANGE.from };
const REPORT = /\/\d+$/;
let sandbox: Sandbox;
let meta: AdPlatform;
let impatient: AdPlatform;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW, accounts: [ACCOUNT] });
  meta = metaAt(sandbox);
  impatient = metaAt(sandbox, { patience: IMPATIENT });
});
afterEach(() => {
  sandbox.meta.faults.clear();
  sandbox.meta.ledger.clear();
});
afterAll(() => sandbox.close());

const requests = () => sandbox.meta.ledger.requests();
const posts = () => requests().filter(({ method }) => method === 'POST');
const read = (range = RANGE, from?: Bookmark): Promise<InsightPage[]> =>
  collect(meta.readInsights(ACCESS, range, from));

function fault(reply: FaultReply, match: object = {}, times = Infinity): void {
  sandbox.meta.faults.add({ match, times, reply });
}

/** The report that the page's bookmark waits for; empty when none. */
function reportOf({ next }: InsightPage): string {
  const report = next?.['report'];
  return typeof report === 'string' ? report : '';
}

/** An ad that is delivered on the day, with its campaign. */
function someAd(day: string): { ad: string; campaign: string } {
  const rows = sandbox.meta.truth({ externalId: ACCOUNT.externalId, level: 'ad', day });
  const row = rows[Math.floor(rows.length / 2)];
  return { ad: row?.adId ?? '', campaign: row?.campaignId ?? '' };
}

describe('the way that is chosen', () => {
  test('a week is answered at once, more by a report for each level', async () => {
    expect(factsOf(await read(WEEK))).toEqual(truthOf(sandbox, WEEK));
    expect(posts()).toHaveLength(0);
    expect(factsOf(await read())).toEqual(truthOf(sandbox, RANGE));
    expect(posts().map(({ query }) => query['level'])).toEqual(['campaign', 'ad']);
  });

  test.each([
    ['too slow', TOO_MUCH.timeout],
    ['too many rows', TOO_MUCH.rows],
  ])('at once is %s: a report', async (_name, reply) => {
    fault(reply, { path: 'act_2000000001/insights', method: 'GET' });
    expect(factsOf(await read(WEEK))).toEqual(truthOf(sandbox, WEEK));
    expect(posts()).toHaveLength(2);
  });

  test('too heavy even in small pages: a report', async () => {
    fault(TOO_MUCH.heavyPage, { path: 'act_2000000001/insights', method: 'GET' });
    expect(factsOf(await read(DAY))).toEqual(truthOf(sandbox, DAY));
    expect(posts()).toHaveLength(2);
  });
});

describe('reports that go wrong', () => {
  test.each([
    ['failed', REPORT_ENDS.failed],
    ['skipped', REPORT_ENDS.skipped],
    ['vanished', REPORT_ENDS.vanished],
    ['stuck at nothing', REPORT_ENDS.stuck],
    ['stuck below 100 %', REPORT_ENDS.hanging],
    ['100 % and never completed', REPORT_ENDS.lingering],
  ])('%s once: begun again, the truth', async (_name, reply) => {
    let asked = '';
    // All looks at the first report go wrong, none at the others.
    const spoilt = { path: REPORT, method: 'GET' };
    const pages: InsightPage[] = [];
    for await (const page of impatient.readInsights(ACCESS, RANGE)) {
      pages.push(page);
      const report = reportOf(page);
      if (asked === '' && report !== '') {
        asked = report;
        fault(reply, { ...spoilt, path: new RegExp(`/${report}$`) });
      }
    }
    expect(asked).toMatch(/^\d+$/);
    expect(factsOf(pages)).toEqual(truthOf(sandbox, RANGE));
    expect(posts()).toHaveLength(3);
  });

  test.each([
    ['failed', REPORT_ENDS.failed],
    ['hanging', REPORT_ENDS.hanging],
    ['vanished', REPORT_ENDS.vanished],
  ])('%s always: asked in halves until it can be answered at once, the truth', async (_name, reply) => {
    fault(reply, { path: REPORT, method: 'GET' });
    const pages = await collect(impatient.readInsights(ACCESS, RANGE));
    expect(factsOf(pages)).toEqual(truthOf(sandbox, RANGE));
    expect(pages.flatMap((page) => page.unserved ?? [])).toEqual([]);
    // Twice the whole, once each half, for each level.
    expect(posts()).toHaveLength(8);
  });

  test('too large: split without asking for the same again', async () => {
    fault(REPORT_ENDS.tooLarge, { path: REPORT, method: 'GET' });
    expect(factsOf(await read())).toEqual(truthOf(sandbox, RANGE));
    expect(posts()).toHaveLength(6);
  });

  test('not found just after it was asked for: looked for again', async () => {
    fault(REPORT_ENDS.vanished, { path: REPORT, method: 'GET' }, 2);
    const patient = metaAt(sandbox, { patience: { ...QUICK_PATIENCE, raceMs: 20_000 } });
    const pages = await collect(patient.readInsights(ACCESS, RANGE));
    expect(factsOf(pages)).toEqual(truthOf(sandbox, RANGE));
    expect(posts()).toHaveLength(2);
  });

  test('the signal ends the waiting with its reason', async () => {
    fault(REPORT_ENDS.hanging, { path: REPORT, method: 'GET' });
    const stop = new AbortController();
    const reason = new Error('the process stops');
    const pages = meta.readInsights({ ...ACCESS, signal: stop.signal }, RANGE);
    const reading = (async () => {
      for await (const _ of pages) stop.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });
});

describe('something that cannot be computed costs its own cell', () => {
  const day = WEEK.from;

  test.each([
    ['a week, at once', WEEK],
    ['four weeks, by reports', RANGE],
  ])('an ad on one day, in %s', async (_name, range) => {
    const { ad, campaign } = someAd(day);
    sandbox.meta.faults.poison({ id: ad, day });
    const pages = await read(range);
    expect(pages.flatMap((page) => page.unserved ?? [])).toEqual([
      { level: 'AD', date: day, campaignExternalId: campaign, reason: expect.stringMatching(/time/) },
    ]);
    const lost = ([, row]: [string, { level: string; date: string; campaignId: string | null }]): boolean =>
      row.level === 'ad' && row.date === day && row.campaignId === campaign;
    expect(factsOf(pages)).toEqual(truthOf(sandbox, range).filter((entry) => !lost(entry)));
    expect(truthOf(sandbox, range).filter(lost).length).toBeGreaterThan(2);
  });

  test('an ad on every day of the week: each day its campaign, nothing else', async () => {
    const { ad, campaign } = someAd(day);
    sandbox.meta.faults.poison({ id: ad });
    const cells = (await read(WEEK)).flatMap((page) => page.unserved ?? []);
    expect(cells.map((cell) => cell.date).toSorted()).toEqual(daysOf(WEEK));
    expect(new Set(cells.map((cell) => `${cell.level} ${cell.campaignExternalId}`))).toEqual(
      new Set([`AD ${campaign}`]),
    );
  });

  test('a campaign: its row and its ads of that day, found without the insights that fail', async () => {
    const { campaign } = someAd(day);
    sandbox.meta.faults.poison({ id: campaign, day });
    const pages = await read(WEEK);
    expect(
      pages
        .flatMap((page) => page.unserved ?? [])
        .map(({ level, date, campaignExternalId }) => ({
          level,
          date,
          campaignExternalId,
        })),
    ).toEqual(['CAMPAIGN', 'AD'].map((level) => ({ level, date: day, campaignExternalId: campaign })));
    expect(factsOf(pages)).toEqual(
      truthOf(sandbox, WEEK).filter(([, row]) => row.date !== day || row.campaignId !== campaign),
    );
  });

  test('actions are what is too heavy: asked apart and put together, the truth', async () => {
    fault(TOO_MUCH.timeout, { query: { fields: /spend.*actions/ } });
    const pages = await read(DAY);
    expect(factsOf(pages)).toEqual(truthOf(sandbox, DAY));
    expect(pages.flatMap((page) => page.unserved ?? [])).toEqual([]);
    expect(requests().some(({ query }) => query['fields']?.endsWith('actions,action_values'))).toBe(true);
    for (const level of ['campaign', 'ad'] as const) {
      const what = { externalId: ACCOUNT.externalId, level, date: DAY.from };
      expect(sandbox.meta.ledger.rows(what)).toEqual(
        sandbox.meta.truth({ externalId: ACCOUNT.externalId, level, day: DAY.from }),
      );
    }
  });

  test('when nothing at all is answered it is a failure, not a world without figures', async () => {
    fault(TOO_MUCH.timeout, { path: /\/insights$/ });
    const error = await failureOf(read(WEEK));
    expect(error).toMatchObject({ failure: 'RETRY', vendorCode: '2/1504038' });
    expect(requests().length).toBeLessThan(80);
  });
});

describe('a token and a permission that go on the way', () => {
  test('the token dies at the n-th call: the credential is the trouble, and the rest goes on with a new one', async () => {
    const pages: InsightPage[] = [];
    sandbox.meta.faults.expireToken(TOKEN, 5);
    const reading = (async () => {
      for await (const page of meta.readInsights(ACCESS, RANGE)) pages.push(page);
    })();
    expect(await failureOf(reading)).toMatchObject({
      failure: 'REAUTHORIZE',
      concerns: 'CREDENTIAL',
      vendorCode: '190/463',
    });
    expect(requests()).toHaveLength(6);
    expect((await meta.checkCredential(ACCESS)).valid).toBe(false);
    sandbox.meta.faults.clear();
    const rest = await read(RANGE, pages.at(-1)?.next ?? {});
    expect(factsOf([...pages, ...rest])).toEqual(truthOf(sandbox, RANGE));
  });

  test('the permission for one account is lost: that account only', async () => {
    fault(REFUSED.permission, { account: ACCOUNT.externalId });
    expect(await failureOf(read(DAY))).toMatchObject({ failure: 'REAUTHORIZE', concerns: 'ACCOUNT' });
    const [other] = metaAccountsOf(sandbox);
    const access = { ...ACCESS, externalId: other?.externalId ?? '' };
    await expect(meta.describeAccount(access)).resolves.toMatchObject({ externalId: other?.externalId });
  });
});

test('a pause on the way: no call inside it, the reading goes on after it', async () => {
  let now = NOW;
  const clocked = metaAt(sandbox, { now: () => now });
  const access = { ...ACCESS, gate: gateAt(() => now) };
  const headers = { 'x-app-usage': '{"call_count":97,"total_time":1,"total_cputime":1}' };
  fault({ kind: 'headers', headers }, { path: '/insights', query: { level: 'campaign' } }, 1);
  const pages: InsightPage[] = [];
  const reading = async (from?: Bookmark): Promise<void> => {
    for await (const page of clocked.readInsights(access, WEEK, from)) pages.push(page);
  };
  const error = await failureOf(reading());
  expect(error).toMatchObject({ failure: 'WAIT', retryAt: new Date(NOW.getTime() + 60_000) });
  expect(requests()).toHaveLength(1);
  expect(pages).toHaveLength(1);
  now = new Date(NOW.getTime() + 60_000);
  await reading(pages.at(-1)?.next ?? undefined);
  expect(factsOf(pages)).toEqual(truthOf(sandbox, WEEK));
  expect(requests()).toHaveLength(2);
});
