import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../../src/connectors/ads/meta/errors.ts';
import { pauseSeconds } from '../../../../src/connectors/ads/meta/pause.ts';
import { readUsage } from '../../../../src/connectors/ads/meta/usage.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const BUSY: Verdict = { failure: 'WAIT', say: 'busy', waitSeconds: 300 };
const who = { accountId: '1000000001', now: NOW };

const useCase = (id: string, ...minutes: number[]): Record<string, string> => ({
  'X-Business-Use-Case-Usage': JSON.stringify({
    [id]: minutes.map((estimated_time_to_regain_access) => ({
      type: 'ads_insights',
      call_count: 97,
      total_cputime: 23,
      total_time: 23,
      estimated_time_to_regain_access,
      ads_api_access_tier: 'development_access',
    })),
  }),
});

describe('pauseSeconds', () => {
  test.each<[string, Record<string, string>, number]>([
    ['nothing announced: the default', {}, 300],
    ['minutes of the use case', useCase('1000000001', 19), 19 * 60],
    ['the longest of several use cases', useCase('1000000001', 3, 19, 0), 19 * 60],
    ['0 minutes is no announcement', useCase('1000000001', 0), 300],
    ['a business instead of the account', useCase('77', 7), 7 * 60],
    ['Retry-After in seconds', { 'Retry-After': '120' }, 120],
    ['Retry-After as a date', { 'Retry-After': 'Fri, 20 Nov 2026 10:02:00 GMT' }, 120],
    ['Retry-After in the past', { 'Retry-After': 'Fri, 20 Nov 2026 09:00:00 GMT' }, 300],
    ['Retry-After that is nonsense', { 'Retry-After': 'soon' }, 300],
    ['the longer of both', { 'Retry-After': '60', ...useCase('1000000001', 2) }, 120],
    [
      'the account quota when it is full',
      { 'X-Ad-Account-Usage': '{"acc_id_util_pct":100,"reset_time_duration":40}' },
      40,
    ],
    ['but not before', { 'X-Ad-Account-Usage': '{"acc_id_util_pct":99,"reset_time_duration":40}' }, 300],
    ['never more than a day', useCase('1000000001', 1e9), 86_400],
    ['headers that are no JSON', { 'X-App-Usage': '{', 'X-Business-Use-Case-Usage': '[]' }, 300],
  ])('%s', (_name, headers, seconds) => {
    expect(pauseSeconds(BUSY, new Headers(headers), who)).toBe(seconds);
  });

  test('the own account goes before others in the same header', () => {
    const both = {
      ...JSON.parse(useCase('1', 30)['X-Business-Use-Case-Usage'] ?? ''),
      ...JSON.parse(useCase('1000000001', 5)['X-Business-Use-Case-Usage'] ?? ''),
    };
    expect(pauseSeconds(BUSY, new Headers({ 'x-business-use-case-usage': JSON.stringify(both) }), who)).toBe(
      300,
    );
  });

  test('a least pause holds against a shorter announcement', () => {
    expect(pauseSeconds({ ...BUSY, atLeastSeconds: 900 }, new Headers({ 'retry-after': '5' }), who)).toBe(
      900,
    );
  });
});

describe('readUsage', () => {
  test('reads the four headers', () => {
    const headers = new Headers({
      'X-App-Usage': '{"call_count":28,"total_time":25,"total_cputime":26}',
      'X-Ad-Account-Usage':
        '{"acc_id_util_pct":9.67,"reset_time_duration":100,"ads_api_access_tier":"standard_access"}',
      'X-FB-Ads-Insights-Throttle': '{"app_id_util_pct":100,"acc_id_util_pct":10}',
      ...useCase('1000000001', 19),
    });
    expect(readUsage(headers)).toEqual([
      { scope: 'APP', subject: null, useCase: null, percent: 28, pauseSeconds: 0 },
      { scope: 'ACCOUNT', subject: null, useCase: null, percent: 9.67, pauseSeconds: 0 },
      { scope: 'INSIGHTS', subject: null, useCase: null, percent: 100, pauseSeconds: 0 },
      { scope: 'USE_CASE', subject: '1000000001', useCase: 'ads_insights', percent: 97, pauseSeconds: 1140 },
    ]);
  });

  test('no header can break it', () => {
    const names = [
      'x-app-usage',
      'x-ad-account-usage',
      'x-fb-ads-insights-throttle',
      'x-business-use-case-usage',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.json(), (name, json) => {
        for (const used of readUsage(new Headers({ [name]: encodeURI(json) }))) {
          expect(Number.isFinite(used.percent) && Number.isFinite(used.pauseSeconds)).toBe(true);
        }
      }),
    );
  });
});
