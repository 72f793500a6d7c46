import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { publishedCsv } from '../support/recordedCsv.ts';
import { cents, days, everyRow, NOW, sum, type Wire } from './graph.ts';

const HEADER =
  'Date,ad_id,xyz_campaign_id,fb_campaign_id,age,gender,interest,Impressions,Clicks,Spent,Total_Conversion,Approved_Conversion';

let folder: string;
let sandbox: Sandbox | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recorded-'));
});
afterEach(async () => {
  await sandbox?.close();
  sandbox = undefined;
});
afterAll(() => rm(folder, { recursive: true }));

async function serve(text: string, month = '2026-10'): Promise<Sandbox> {
  const file = join(folder, 'month.csv');
  await writeFile(file, text);
  sandbox = await startSandbox({ now: () => NOW, recorded: { file, month } });
  return sandbox;
}

async function totals(box: Sandbox, level: string): Promise<Record<string, bigint>> {
  const fields = 'campaign_id,spend,impressions,clicks,actions';
  const range = { ...days('2026-10-01', '2026-10-31'), limit: '1000' };
  const rows = await everyRow(box, 'act_1000000001/insights', { level, fields, ...range });
  const count = (row: Wire, type: string): bigint => {
    const actions = (row['actions'] ?? []) as { action_type: string; value: string }[];
    return BigInt(actions.find((action) => action.action_type === type)?.value ?? 0);
  };
  const whole = (text: unknown): bigint => (typeof text === 'string' ? BigInt(text) : 0n);
  const totalOf = (read: (row: Wire) => bigint): bigint => sum(rows.map(read));
  const bySpend = [...new Set(rows.map((row) => String(row['campaign_id'])))].map((id) => [
    id,
    sum(rows.filter((row) => row['campaign_id'] === id).map((row) => cents(row['spend']))),
  ]);
  return {
    spend: totalOf((row) => cents(row['spend'])),
    impressions: totalOf((row) => whole(row['impressions'])),
    clicks: totalOf((row) => whole(row['clicks'])),
    leads: totalOf((row) => count(row, 'lead')),
    purchases: totalOf((row) => count(row, 'omni_purchase')),
    samePurchases: totalOf((row) => count(row, 'offsite_conversion.fb_pixel_purchase')),
    ...Object.fromEntries(bySpend),
  };
}

const SMALL = `${HEADER}
31-08-2023,700001,501,9001,30-34,M,15,7350,1,1.429999948,2,1
31-08-2023,700001,501,9001,35-39,F,15,650,2,0.004999,0,0
02-08-2023,700002,501,9002,30-34,F,16,17861,2,1.820000023,2,0
02-08-2023,700003,502,9003,45-49,F,20,0,0,0,1,0
03-08-2023,700004,502,9003,45-49,F,20,0,0,0,0,0
`;
const SMALL_TOTALS = {
  spend: 325n,
  impressions: 25_861n,
  clicks: 5n,
  leads: 5n,
  purchases: 1n,
  samePurchases: 1n,
  501: 325n,
  502: 0n,
};

describe('a recorded month', () => {
  it.each(['campaign', 'ad'])('adds up exactly on %s level, every row rounded to cents', async (level) => {
    expect(await totals(await serve(SMALL), level)).toEqual(SMALL_TOTALS);
  });

  it('keeps the conversions of undelivered ads, and gives no row to a cell with nothing at all', async () => {
    const box = await serve(SMALL);
    const ads = (day: string) => box.meta.truth({ externalId: 'act_1000000001', level: 'ad', day });
    expect(ads('2026-10-02').map((row) => [row.id, row.actions['lead']?.count])).toEqual([
      ['700002', '2'],
      ['700003', '1'],
    ]);
    expect(ads('2026-10-03')).toEqual([]);
    const fields = 'ad_id,spend,impressions,clicks,inline_link_clicks,reach,actions';
    const query = { level: 'ad', fields, ...days('2026-10-02', '2026-10-02') };
    const rows = await everyRow(box, 'act_1000000001/insights', query);
    expect(rows.find((row) => row['ad_id'] === '700003')).toEqual({
      ad_id: '700003',
      actions: [{ action_type: 'lead', value: '1' }],
      date_start: '2026-10-02',
      date_stop: '2026-10-02',
    });
  });

  it('takes columns in any order, with others between, a byte order mark and CRLF', async () => {
    const text =
      '\uFEFF"Approved_Conversion",note,Total_Conversion,Spent,Clicks,Impressions,fb_campaign_id,xyz_campaign_id,ad_id,Date\r\n' +
      '1,"a, b",2,10.125,3,400,91,5,7,15-08-2023\r\n';
    const found = await totals(await serve(text), 'campaign');
    expect(found).toMatchObject({ spend: 1013n, impressions: 400n, leads: 2n, purchases: 1n });
  });

  it('is never restated, moves days into the month and keeps the demo accounts', async () => {
    const box = await serve(SMALL, '2026-09');
    const day = '2026-09-30';
    const ask = (askedAt: Date) =>
      box.meta.truth({ externalId: 'act_1000000001', level: 'campaign', day, askedAt });
    // August has a 31st, September does not.
    expect(ask(NOW)).toHaveLength(1);
    expect(ask(NOW)).toEqual(ask(new Date('2026-10-01T12:00:00Z')));
    expect(box.demoClients).toHaveLength(3);
    const structure = await everyRow(box, 'act_1000000001/ads', { fields: 'id,campaign_id,adset_id' });
    expect(structure).toHaveLength(4);
    expect(structure[0]).toEqual({ id: '700001', campaign_id: '501', adset_id: '9001' });
  });

  const row = '31-08-2023,700001,501,9001,30-34,M,15,7350,1,1.42,2,1';
  it.each([
    ['a missing column', SMALL.replace('Spent', 'Cost'), /line 1: column Spent is missing/],
    [
      'a bad date',
      `${HEADER}\n${row}\n${row.replace('31-08', '31-09')}\n`,
      /line 3: Date "31-09-2023" is not a day/,
    ],
    ['a bad number', `${HEADER}\n${row.replace('7350', '7,350')}\n`, /line 2/],
    [
      'a word as spend',
      `${HEADER}\n${row}\n${row}\n${row.replace('1.42', 'n/a')}\n`,
      /line 4: Spent "n\/a" is not/,
    ],
    ['a negative count', `${HEADER}\n${row.replace(',2,1', ',-2,1')}\n`, /line 2: Total_Conversion "-2"/],
    ['an empty cell', `${HEADER}\n${row.replace('700001', '')}\n`, /line 2: ad_id "" is not an id/],
    ['an empty file', '', /line 1: column Date/],
  ])('names the line of %s', async (_, text, message) => {
    await expect(serve(text)).rejects.toThrow(message);
  });

  it('refuses a month that is none', async () => {
    await expect(serve(SMALL, '2026-13')).rejects.toThrow('2026-13 is not a month');
  });

  it('serves the published month with its known totals', async () => {
    // The file is not part of the project: elsewhere the small month stands in for it.
    const known = {
      spend: 5_870_523n,
      impressions: 213_434_828n,
      clicks: 38_165n,
      leads: 3_264n,
      purchases: 1_079n,
      samePurchases: 1_079n,
      916: 14_971n,
      936: 289_337n,
      1178: 5_566_215n,
    };
    const recorded = publishedCsv === null ? null : { file: publishedCsv, month: '2026-10' };
    sandbox = recorded === null ? await serve(SMALL) : await startSandbox({ now: () => NOW, recorded });
    for (const level of ['campaign', 'ad']) {
      expect(await totals(sandbox, level)).toEqual(recorded === null ? SMALL_TOTALS : known);
    }
  });
});
