import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/index.ts';
import { at, get, micros, rowsOf, stream, TAU, ZIELONA } from './google.ts';
import { NOW, sum, type Wire } from './graph.ts';

const ACCOUNT = { customer: '5000000001' };
const options: SandboxOptions = {
  now: () => NOW,
  googleAccounts: [
    {
      customerId: ACCOUNT.customer,
      campaigns: 2,
      adGroupsPerCampaign: 2,
      adsPerAdGroup: 3,
      performanceMax: 1,
      conversionActions: [
        { name: 'Call', category: 'PHONE_CALL_LEAD', clickWindow: 7 },
        { name: 'Sale', category: 'PURCHASE', clickWindow: 90 },
      ],
    },
  ],
};
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox(options);
});
afterEach(() => {
  sandbox.google.ledger.clear();
  sandbox.google.faults.clear();
  sandbox.google.setNow(null);
});
afterAll(() => sandbox.close());

const DAY = '2026-11-01';
const later = (days: number) => new Date(NOW.getTime() + days * 86_400_000);
const truthAfter = (days: number, day = DAY) =>
  sandbox.google.truth({ customerId: ACCOUNT.customer, level: 'account', day, askedAt: later(days) })[0]!;

const FROM = { account: 'customer', campaign: 'campaign', adgroup: 'ad_group', ad: 'ad_group_ad' } as const;
const FIGURES =
  'metrics.cost_micros, metrics.impressions, metrics.clicks, metrics.conversions, metrics.conversions_value, ' +
  'metrics.all_conversions, metrics.all_conversions_value, metrics.view_through_conversions';
const OF_ACTIONS =
  'metrics.conversions, metrics.conversions_value, metrics.all_conversions, metrics.all_conversions_value';

async function read(
  level: keyof typeof FROM,
  where: string,
  asked: { customer: string; login?: string } = ACCOUNT,
) {
  const own = level === 'account' ? 'customer.id' : 'campaign.id';
  const from = `FROM ${FROM[level]} WHERE segments.date ${where}`;
  const figures = await rowsOf(sandbox, asked, `SELECT ${own}, segments.date, ${FIGURES} ${from}`);
  await rowsOf(
    sandbox,
    asked,
    `SELECT ${own}, segments.date, segments.conversion_action, ${OF_ACTIONS} ${from}`,
  );
  return figures;
}

describe('time', () => {
  it('changes conversions until the longest window is over, and then no more', () => {
    // The first of November is 19 days old now.
    const seen = [0, 10, 30, 50, 70].map((days) => truthAfter(days).conversions);
    expect(new Set(seen).size).toBeGreaterThan(3);
    expect(truthAfter(71)).not.toEqual(truthAfter(0));
    expect(truthAfter(400)).toEqual(truthAfter(71));
  });

  it('ends each action with its own window', () => {
    const counts = (days: number, day: string) =>
      Object.values(truthAfter(days, day).actions).map(({ name, allCount }) => [name, allCount]);
    const [early, week, end] = [0, 7, 100].map((days) => Object.fromEntries(counts(days, '2026-11-20')));
    expect(week!['Call']).toBe(end!['Call']);
    expect(early!['Call']).not.toBe(end!['Call']);
    expect(week!['Sale']).not.toBe(end!['Sale']);
  });

  it('settles the cost in three days', () => {
    const spends = (days: number) => truthAfter(days, '2026-11-19').spend;
    expect(spends(2)).toBe(spends(300));
    expect(spends(0)).not.toBe(spends(2));
    expect(truthAfter(0, '2026-11-20').impressions).not.toBe(truthAfter(1, '2026-11-20').impressions);
  });

  it('brings conversions late, and takes some back', () => {
    const days = Array.from({ length: 60 }, (_, i) => i);
    const calls = days.map((day) => Number(truthAfter(day, '2026-11-20').conversions));
    expect(calls.some((count, i) => i > 0 && count < calls[i - 1]!)).toBe(true);
    // The first day is not over when it is first looked at.
    expect(calls.some((count, i) => i > 1 && count > calls[i - 1]!)).toBe(true);
  });

  it('is one clock for the whole sandbox', async () => {
    sandbox.google.setNow(later(3));
    const { json } = await get(sandbox, '/_sandbox/now');
    expect(json).toEqual({ now: '2026-11-23T15:30:00.000Z' });
    const meta = await fetch(`${sandbox.urls.meta}/_sandbox/now`);
    expect(await meta.json()).toEqual(json);
  });
});

describe('the ledger', () => {
  it.each(['account', 'campaign', 'adgroup', 'ad'] as const)('holds the truth of a %s', async (level) => {
    await read(level, "BETWEEN '2026-11-17' AND '2026-11-20'");
    for (const day of ['2026-11-17', '2026-11-20']) {
      const rows = sandbox.google.ledger.rows({ customerId: ACCOUNT.customer, level, date: day });
      const truth = sandbox.google.truth({ customerId: ACCOUNT.customer, level, day });
      expect(truth.length).toBeGreaterThan(0);
      expect(truth.some(({ actions }) => Object.keys(actions).length > 0)).toBe(true);
      expect(rows).toEqual(truth);
    }
  });

  it('sums the spend of a day exactly', async () => {
    const rows = await read('campaign', `= '${DAY}'`, TAU);
    const spend = sandbox.google.ledger.spend(TAU.customer, DAY);
    expect(spend).toMatch(/^\d+\.\d\d$/);
    const cost = sum(rows.map((row) => BigInt(at(row, 'metrics.costMicros') as string)));
    expect(micros(spend)).toBe(cost);
    expect(sandbox.google.ledger.spend(TAU.customer, '2026-11-02')).toBe('0.00');
  });

  it('keeps what was served at the time', async () => {
    await read('campaign', `= '${DAY}'`);
    const what = { customerId: ACCOUNT.customer, level: 'campaign', date: DAY } as const;
    const before = sandbox.google.ledger.rows(what);
    sandbox.google.setNow(later(60));
    expect(sandbox.google.ledger.rows(what)).toEqual(before);
    await read('campaign', `= '${DAY}'`);
    const after = sandbox.google.ledger.rows(what);
    expect(after).not.toEqual(before);
    expect(after).toEqual(sandbox.google.truth({ ...what, day: DAY }));
  });

  it('adds what a narrower question was answered', async () => {
    const query = `SELECT campaign.id, segments.date, ${FIGURES} FROM campaign WHERE segments.date = '${DAY}'`;
    const all = await rowsOf(sandbox, ACCOUNT, query);
    sandbox.google.ledger.clear();
    const what = { customerId: ACCOUNT.customer, level: 'campaign', date: DAY } as const;
    const ids = all.map((row) => at(row, 'campaign.id') as string);
    await rowsOf(sandbox, ACCOUNT, `${query} AND campaign.id = ${ids[1]}`);
    await rowsOf(sandbox, ACCOUNT, `${query} ORDER BY campaign.id LIMIT 1`);
    expect(sandbox.google.ledger.rows(what).map(({ id }) => id)).toEqual([ids[1], ids[0]]);
  });

  it('lists every call, without what opens it', async () => {
    await rowsOf(
      sandbox,
      { ...TAU, token: 'sandbox-secret', developer: 'secret-developer' },
      'SELECT customer.id FROM customer',
    );
    await stream(
      sandbox,
      { customer: TAU.customer, token: 'sandbox-secret' },
      'SELECT customer.id FROM customer',
    );
    const requests = sandbox.google.ledger.requests();
    expect(requests).toEqual([
      {
        at: NOW.toISOString(),
        method: 'POST',
        path: '/v25/customers/7100000001/googleAds:searchStream',
        query: 'SELECT customer.id FROM customer',
        customer: TAU.customer,
        loginCustomerId: TAU.login,
        status: 200,
        fault: null,
      },
      expect.objectContaining({ status: 403, loginCustomerId: null }),
    ]);
    expect(JSON.stringify(requests)).not.toContain('secret');
  });
});

describe('the world', () => {
  const everything = async (one: Sandbox) =>
    ['7100000001', ACCOUNT.customer].map((customerId) =>
      one.google.truth({ customerId, level: 'ad', day: DAY }),
    );

  it('is the same for the same seed and another one for another', async () => {
    const [same, other] = await Promise.all([startSandbox(options), startSandbox({ ...options, seed: 2 })]);
    try {
      expect(await everything(same)).toEqual(await everything(sandbox));
      expect(await everything(other)).not.toEqual(await everything(sandbox));
    } finally {
      await Promise.all([same.close(), other.close()]);
    }
  });

  it('gives two of the demo clients a Google account, one of them through the manager', async () => {
    const accounts = sandbox.demoClients.map(({ accounts }) =>
      accounts.filter(({ platform }) => platform === 'GOOGLE'),
    );
    expect(accounts).toEqual([
      [
        {
          platform: 'GOOGLE',
          externalId: TAU.customer,
          token: 'sandbox-tau-coffee',
          loginCustomerId: TAU.login,
        },
      ],
      [{ platform: 'GOOGLE', externalId: ZIELONA.customer, token: 'sandbox-zielona-polka' }],
      [],
    ]);
  });

  it('refuses accounts that cannot be', async () => {
    const spec = { customerId: '5000000001', campaigns: 1, adGroupsPerCampaign: 1, adsPerAdGroup: 1 };
    const start = (wrong: object) => startSandbox({ googleAccounts: [{ ...spec, ...wrong }] });
    await expect(start({ customerId: '500-000-0001' })).rejects.toThrow('ten digits');
    await expect(start({ firstDay: '2026-02-30' })).rejects.toThrow('2026-02-30 is not a day');
    const conversionActions = [{ name: 'Sale', category: 'PURCHASE', clickWindow: 91 }];
    await expect(start({ conversionActions })).rejects.toThrow('7 to 90 days');
  });
});

describe('the control routes', () => {
  it('tell truth and ledger to other processes', async () => {
    await read('campaign', `= '${DAY}'`);
    const what = `customer=${ACCOUNT.customer}&level=campaign&day=${DAY}`;
    const { json } = await get(sandbox, `/_sandbox/ledger?${what}`);
    const { rows, spend } = json as { rows: Wire[]; spend: string };
    expect(spend).toBe(sandbox.google.ledger.spend(ACCOUNT.customer, DAY));
    expect((await get(sandbox, `/_sandbox/truth?${what}`)).json).toEqual(rows);
    expect((await get(sandbox, '/_sandbox/truth?customer=1&day=2026-11-01')).status).toBe(400);
    expect((await get(sandbox, '/_sandbox/other')).status).toBe(404);
  });
});
