import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../sandbox/faults/faults.ts';
import {
  APP_LIMITS,
  BUSINESS_LIMIT_CODES,
  businessLimit,
  INSIGHTS_THROTTLE,
  REFUSED,
  REPORT_ENDS,
  TOO_MUCH,
  TRANSIENT,
} from '../../sandbox/faults/presets.ts';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { waitFor } from '../support/waitFor.ts';
import { days, everyRow, graph, NOW, type Wire } from './graph.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  const spec = { externalId: 'act_5', campaigns: 1, adSetsPerCampaign: 2, adsPerAdSet: 5 };
  sandbox = await startSandbox({ now: () => NOW, accounts: [spec] });
});
afterEach(() => {
  sandbox.meta.faults.clear();
  sandbox.meta.ledger.clear();
});
afterAll(() => sandbox.close());

const query = { level: 'ad', fields: 'ad_id,spend', limit: '4', ...days('2026-11-10', '2026-11-10') };
const ask = (extra: Record<string, string> = {}) => graph(sandbox, 'act_5/insights', { ...query, ...extra });
const raw = () =>
  fetch(`${sandbox.urls.meta}/v25.0/act_5?access_token=sandbox-x`, { headers: { connection: 'close' } });
const ids = (rows: Wire[]): unknown[] => rows.map((row) => row['ad_id']);
const add = (fault: Fault) => sandbox.meta.faults.add(fault);

describe('which calls a fault strikes', () => {
  it('once, unless told otherwise, and in the order added', async () => {
    add({ reply: TRANSIENT.unavailable });
    add({ reply: TOO_MUCH.rows, times: 2 });
    const codes = [];
    for (let call = 0; call < 4; call++) codes.push((await ask()).json.error?.['code']);
    expect(codes).toEqual([2, 100, 100, undefined]);
  });

  it('by method, path, account, parameter, page size and place', async () => {
    const reply = TRANSIENT.unknown;
    const other = {
      account: 'act_1300000001',
      limitAbove: 4,
      method: 'POST',
      path: /\/ads$/,
      query: { level: /^camp/ },
    };
    for (const [name, value] of Object.entries(other)) add({ match: { [name]: value }, reply });
    expect((await ask()).status).toBe(200);
    sandbox.meta.faults.clear();
    const same = {
      account: 'act_5',
      limitAbove: 3,
      method: 'GET',
      path: 'act_5/ins',
      query: { level: 'ad' },
    };
    add({ match: { ...same, after: 1 }, reply });
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 500, 200]);
  });

  it('by chance, the same chance each time', async () => {
    const strike = async () => {
      const other = await startSandbox({ now: () => NOW, seed: 9 });
      other.meta.faults.add({ reply: TRANSIENT.unknown, times: Infinity, probability: 0.3 });
      const statuses = [];
      for (let call = 0; call < 30; call++) statuses.push((await graph(other, 'me')).status);
      await other.close();
      return statuses;
    };
    const first = await strike();
    expect(first).toContain(500);
    expect(first).toContain(200);
    expect(await strike()).toEqual(first);
  });

  it('can be taken back', async () => {
    add({ reply: TRANSIENT.unknown, times: Infinity })();
    expect((await ask()).status).toBe(200);
  });
});

describe('what a fault does', () => {
  it('error: an error object with its headers', async () => {
    add({ reply: businessLimit(80000, 'act_5', 7) });
    const { status, json, headers } = await ask();
    expect([status, json.error['code'], json.error['error_subcode']]).toEqual([400, 80000, 2446079]);
    expect(headers.get('x-business-use-case-usage')).toContain('"estimated_time_to_regain_access":7');
    expect(sandbox.meta.ledger.requests().at(-1)).toMatchObject({ status: 400, fault: 'error' });
  });

  it('presets: every documented throttle and refusal under its own code', async () => {
    const limits = BUSINESS_LIMIT_CODES.map((code) => [code, businessLimit(code, 'act_5', 1)] as const);
    const apps = Object.entries(APP_LIMITS).map(([code, reply]) => [Number(code), reply] as const);
    const refusals = Object.values(REFUSED).map((reply) => [reply.error.code, reply] as const);
    const all = [...limits, ...apps, ...refusals, [4, INSIGHTS_THROTTLE] as const];
    for (const [code, reply] of all) {
      add({ reply });
      const { status, json } = await ask();
      expect([status, json.error['code']]).toEqual([reply.status, code]);
      expect(json.error).toMatchObject({ type: 'OAuthException', fbtrace_id: expect.any(String) });
    }
    expect(limits.map(([code]) => code)).toEqual(expect.arrayContaining([80000, 80004, 80014]));
  });

  it('status: anything at all, HTML for instance', async () => {
    add({ reply: TRANSIENT.html503 });
    const response = await raw();
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('<!DOCTYPE html>');
  });

  it('truncate: the right answer, cut; its rows do not count as served', async () => {
    add({ reply: { kind: 'truncate', atBytes: 20 } });
    await expect(ask({ limit: '50' })).rejects.toThrow(SyntaxError);
    const what = { externalId: 'act_5', level: 'ad', date: '2026-11-10' } as const;
    expect(sandbox.meta.ledger.rows(what)).toEqual([]);
    await ask({ limit: '50' });
    expect(sandbox.meta.ledger.rows(what)).toHaveLength(10);
  });

  it('close: the connection breaks inside the answer', async () => {
    add({ reply: { kind: 'close' } });
    await expect(raw().then((response) => response.text())).rejects.toThrow();
    expect(sandbox.meta.ledger.requests().at(-1)).toMatchObject({ status: 0, fault: 'close' });
  });

  it('hang: no answer, then the connection is gone', async () => {
    add({ reply: { kind: 'hang', ms: 20 } });
    await expect(raw()).rejects.toThrow('fetch failed');
  });

  it('hang for ever: until the caller gives up or the sandbox closes', async () => {
    const other = await startSandbox({ now: () => NOW });
    other.meta.faults.add({ reply: { kind: 'hang' }, times: 2 });
    const url = `${other.urls.meta}/v25.0/me?access_token=sandbox-x`;
    await expect(fetch(url, { signal: AbortSignal.timeout(30) })).rejects.toThrow();
    await waitFor(() => other.meta.ledger.requests().length === 1, { what: 'the abandoned call to end' });
    const hanging = fetch(url).then(
      () => 'answered',
      () => 'broken',
    );
    await waitFor(async () => struck(other), { what: 'the second call to hang' });
    await other.close();
    expect(await hanging).toBe('broken');
  });

  it('delay: late, but right', async () => {
    add({ reply: { kind: 'delay', ms: 60 } });
    const started = performance.now();
    expect((await ask()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  });

  it('repeatPage: rows come twice under another cursor, then it goes on', async () => {
    const whole = ids(await everyRow(sandbox, 'act_5/insights', query));
    add({ match: { after: 1 }, reply: { kind: 'repeatPage' } });
    const rows = ids(await everyRow(sandbox, 'act_5/insights', query));
    expect(rows).toEqual([...whole.slice(0, 8), ...whole.slice(4)]);
  });

  it('emptyPage: nothing, yet more follows and nothing is lost', async () => {
    const whole = ids(await everyRow(sandbox, 'act_5/insights', query));
    add({ reply: { kind: 'emptyPage' } });
    const { json } = await ask();
    expect(json.data).toEqual([]);
    expect(json.paging.next).toBeDefined();
    const { after } = json.paging.cursors;
    expect(ids(await everyRow(sandbox, 'act_5/insights', { ...query, after }))).toEqual(whole);
  });

  it('loopCursor: the cursor leads to itself', async () => {
    add({ reply: { kind: 'loopCursor' }, times: Infinity });
    const { after } = (await ask()).json.paging.cursors;
    const again = await ask({ after });
    expect(again.json.paging.cursors.after).toBe(after);
    expect(again.json.paging.next).toBeDefined();
  });

  it('rewrite and merge: the right answer, changed', async () => {
    add({ reply: { kind: 'rewrite', rewrite: () => ({ data: [{ spend: 'NaN' }] }) } });
    expect((await ask()).json).toEqual({ data: [{ spend: 'NaN' }] });
    add({ match: { path: /\/\d+$/ }, times: Infinity, reply: REPORT_ENDS.failed });
    const { json } = await graph(sandbox, 'act_5/insights', query, { method: 'POST' });
    const report = await graph(sandbox, String(json['report_run_id']));
    expect(report.json).toMatchObject({ async_status: 'Job Failed', account_id: '5' });
  });
});

async function struck(other: Sandbox): Promise<boolean> {
  const faults = (await (await fetch(`${other.urls.meta}/_sandbox/faults`)).json()) as { struck: number }[];
  return faults[0]?.struck === 2;
}

describe('over HTTP, for other processes', () => {
  const control = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${sandbox.urls.meta}/_sandbox/${path}`, init);
    return { status: response.status, json: (await response.json()) as Wire };
  };
  const post = (path: string, body: unknown) => control(path, { method: 'POST', body: JSON.stringify(body) });

  it('adds, lists and clears faults, and says what is wrong with one', async () => {
    const fault = {
      match: { path: { pattern: '/act_5/' }, account: 'act_5' },
      times: 'always',
      reply: { kind: 'error', status: 400, error: { code: 17, message: '(#17) User request limit reached' } },
    };
    expect((await post('faults', fault)).status).toBe(201);
    expect((await ask()).json.error['code']).toBe(17);
    expect((await control('faults')).json).toMatchObject([{ seen: 1, struck: 1 }]);
    await control('faults', { method: 'DELETE' });
    expect((await ask()).status).toBe(200);
    const wrong = await post('faults', { reply: { kind: 'explode' } });
    expect(wrong.status).toBe(400);
    expect(wrong.json['error']).toContain('kind');
  });

  it('moves the clock, and tells truth and ledger', async () => {
    await post('now', { now: '2026-11-25T12:00:00Z' });
    const what = 'account=act_5&level=ad&day=2026-11-24';
    const truth = (await control(`truth?${what}`)).json as unknown as unknown[];
    await everyRow(sandbox, 'act_5/insights', {
      ...query,
      fields: `${query.fields},campaign_id,adset_id,impressions,clicks,inline_link_clicks,reach,actions,action_values`,
      ...days('2026-11-24', '2026-11-24'),
    });
    expect(truth).toHaveLength(10);
    expect((await control(`ledger?${what}`)).json['rows']).toEqual(truth);
    expect((await post('now', { now: null })).json['now']).toBe(NOW.toISOString());
    expect((await control('truth?account=act_999&day=2026-11-24')).status).toBe(400);
  });
});
