import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { cents, days, everyRow, graph, NOW, sum } from './graph.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW });
});
afterEach(() => {
  sandbox.meta.ledger.clear();
  sandbox.meta.faults.clear();
  sandbox.meta.setNow(null);
});
afterAll(() => sandbox.close());

const externalId = 'act_1100000001';
const fields =
  'campaign_id,adset_id,ad_id,spend,impressions,clicks,inline_link_clicks,reach,actions,action_values';
const read = (level: string, since: string, until: string, limit = '20') =>
  everyRow(sandbox, `${externalId}/insights`, { level, fields, limit, ...days(since, until) });

describe('ledger', () => {
  it('holds exactly the truth of what was served', async () => {
    for (const level of ['account', 'campaign', 'adset', 'ad'] as const) {
      await read(level, '2026-11-15', '2026-11-20');
      for (const day of ['2026-11-15', '2026-11-19', '2026-11-20']) {
        const rows = sandbox.meta.ledger.rows({ externalId, level, date: day });
        expect(rows.length).toBeGreaterThan(0);
        expect(rows).toEqual(sandbox.meta.truth({ externalId, level, day }));
      }
    }
  });

  it('sums the spend of a day exactly', async () => {
    const rows = await read('campaign', '2026-11-18', '2026-11-18');
    const spend = sandbox.meta.ledger.spend(externalId, '2026-11-18');
    expect(spend).toMatch(/^\d+\.\d\d$/);
    expect(cents(spend)).toBe(sum(rows.map((row) => cents(row['spend']))));
    expect(sandbox.meta.ledger.spend(externalId, '2026-11-17')).toBe('0.00');
  });

  it('follows a restatement once it was fetched to the end', async () => {
    await read('campaign', '2026-11-18', '2026-11-18', '2');
    const before = sandbox.meta.ledger.rows({ externalId, level: 'campaign', date: '2026-11-18' });
    sandbox.meta.setNow(new Date('2026-12-20T12:00:00Z'));
    const query = { level: 'campaign', fields, limit: '2', ...days('2026-11-18', '2026-11-18') };
    await graph(sandbox, `${externalId}/insights`, query);
    expect(sandbox.meta.ledger.rows({ externalId, level: 'campaign', date: '2026-11-18' })).toEqual(before);
    await read('campaign', '2026-11-18', '2026-11-18', '2');
    const after = sandbox.meta.ledger.rows({ externalId, level: 'campaign', date: '2026-11-18' });
    expect(after).not.toEqual(before);
    expect(after).toEqual(sandbox.meta.truth({ externalId, level: 'campaign', day: '2026-11-18' }));
  });

  it('enters what a fault made of a row', async () => {
    const rewrite = (json: unknown) => {
      const { data, ...rest } = json as { data: object[] };
      return { ...rest, data: data.map((row) => ({ ...row, spend: '1.00' })) } as never;
    };
    sandbox.meta.faults.add({ match: { path: '/insights' }, reply: { kind: 'rewrite', rewrite } });
    const rows = await read('campaign', '2026-11-18', '2026-11-18');
    expect(sandbox.meta.ledger.spend(externalId, '2026-11-18')).toBe(`${rows.length}.00`);
  });

  it('lists every call without its token', async () => {
    await graph(
      sandbox,
      `${externalId}/ads`,
      { limit: '1', access_token: 'sandbox-secret' },
      { token: 'sandbox-x' },
    );
    await graph(sandbox, 'act_0/ads', {}, { token: 'sandbox-secret' });
    const requests = sandbox.meta.ledger.requests();
    expect(requests).toMatchObject([
      {
        method: 'GET',
        path: `/v25.0/${externalId}/ads`,
        account: externalId,
        status: 200,
        query: { limit: '1' },
      },
      { account: null, status: 400, fault: null },
    ]);
    expect(JSON.stringify(requests)).not.toContain('sandbox-secret');
  });
});
