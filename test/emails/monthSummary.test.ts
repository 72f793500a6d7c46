import { describe, expect, it } from 'vitest';
import type { ClosedMonth, MonthOutcome } from '../../src/emails/monthSummary.ts';
import { durationText, monthSummaryEmail, summaryLine } from '../../src/emails/monthSummary.ts';

const SUMMARY = { month: '2026-09', durationMs: 240_000, now: new Date('2026-10-01T02:04:00Z'), home: null };

let clients = 0;

function closed(outcome: MonthOutcome, changes: Partial<ClosedMonth> = {}): ClosedMonth {
  clients += 1;
  const clientId = `client ${String(clients)}`;
  return { clientId, client: clientId, platform: 'META', outcome, reason: null, ...changes };
}

const many = (count: number, outcome: MonthOutcome) => Array.from({ length: count }, () => closed(outcome));

describe('the subject', () => {
  it('says it all', () => {
    const all = [
      ...many(8, 'SKIPPED'),
      ...many(6, 'UPDATED'),
      closed('FAILED', { reason: 'token expired.' }),
    ];
    expect(summaryLine({ ...SUMMARY, closed: all })).toBe(
      'September saved for 15 clients: 8 skipped, 6 updated, 1 failed: token expired; 4 min',
    );
  });

  it('counts a client once, by the worst of its platforms', () => {
    const both = (a: MonthOutcome, b: MonthOutcome) => {
      const first = closed(a);
      return [first, closed(b, { clientId: first.clientId, client: first.client, platform: 'GOOGLE' })];
    };
    const all = [...both('SKIPPED', 'SAVED'), ...both('FAILED', 'UPDATED'), ...both('UPDATED', 'SAVED')];
    expect(summaryLine({ ...SUMMARY, closed: all })).toBe(
      'September saved for 3 clients: 1 saved, 1 updated, 1 failed: no reason given; 4 min',
    );
  });

  it('tells clients of one name apart', () => {
    const twins = many(2, 'SAVED').map((each) => ({ ...each, client: 'Twin' }));
    expect(summaryLine({ ...SUMMARY, closed: twins })).toContain('2 clients');
  });

  it('says the reason of most, and how many others there are', () => {
    const failed = ['a', 'b', 'b', 'c'].map((reason) => closed('FAILED', { reason }));
    expect(summaryLine({ ...SUMMARY, closed: failed })).toBe(
      'September not saved for 4 clients: 4 failed: b, and 2 more; 4 min',
    );
  });

  it.each([
    ['2025-10', 'October '],
    ['2025-09', 'September 2025 '],
    ['2026-12', 'December 2026 '],
  ])('%s is called %s', (month, name) => {
    const now = new Date('2026-09-15T00:00:00Z');
    expect(summaryLine({ ...SUMMARY, month, now, closed: many(1, 'SAVED') })).toMatch(
      new RegExp(`^${name}saved for 1 client:`),
    );
  });
});

it.each([
  [0, '0 s'],
  [38_400, '38 s'],
  [240_000, '4 min'],
  [3_600_000, '1 h'],
  [4_320_000, '1 h 12 min'],
])('%i ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

it('the mail goes on client by client, failures first, and nothing in it is markup', () => {
  const email = monthSummaryEmail({
    ...SUMMARY,
    closed: [
      closed('SAVED', { client: 'Кофейня «Зерно»' }),
      closed('FAILED', { client: 'B', reason: '<script>alert("1")</script> & \'more\'' }),
    ],
  });
  expect(email.text).toContain('Кофейня «Зерно» | META | saved');
  expect(email.text.indexOf('B | META')).toBeLessThan(email.text.indexOf('Кофейня'));
  expect(email.html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;');
  expect(email.html).not.toContain('<script');
  expect(email.html).toContain('<td style');
});
