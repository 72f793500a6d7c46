import { describe, expect, it, test } from 'vitest';
import { agree, judgeMonth, outranks } from '../../../src/services/months/judge.ts';
import type { AccountFacts, AccountTotal, MonthFacts } from '../../../src/services/months/judge.ts';

function totalOf(changes: Partial<AccountTotal['reported']> = {}): AccountTotal {
  const stored = { spend: '1000.00', impressions: '50000', clicks: '400' };
  return { currency: 'EUR', stored, reported: { ...stored, ...changes } };
}

function account(changes: Partial<AccountFacts> = {}): AccountFacts {
  return {
    ...{
      externalId: 'act_1',
      days: 30,
      present: 30,
      suspect: 0,
      missing: null,
      totals: [totalOf()],
      untold: 0,
    },
    ...changes,
  };
}

function facts(changes: Partial<MonthFacts> = {}): MonthFacts {
  return { accounts: [account()], campaigns: 3, goals: 2, ...changes };
}

const GAP = { day: '2026-09-04', reason: 'NOT_FETCHED: this day was never asked for' };
const NO_DELIVERY = { campaigns: 0, accounts: [account({ totals: [] })] };

describe('the quality of a month', () => {
  it.each<[string, MonthFacts, string, RegExp | null]>([
    ['whole', facts(), 'RICH', null],
    ['two whole accounts', facts({ accounts: [account(), account()] }), 'RICH', null],
    [
      'a day missing',
      facts({ accounts: [account({ present: 29, missing: GAP })] }),
      'POOR',
      /^coverage: act_1: 1 of 30 .*2026-09-04: NOT_FETCHED/,
    ],
    ['a suspect day', facts({ accounts: [account({ present: 29, suspect: 1 })] }), 'POOR', /^coverage/],
    [
      'one of two accounts unread',
      facts({ accounts: [account(), account({ present: 0, missing: GAP })] }),
      'POOR',
      /^coverage/,
    ],
    ['no goal', facts({ goals: 0 }), 'POOR', /^goals/],
    [
      'own totals unknown',
      facts({ accounts: [account({ untold: 2 })] }),
      'POOR',
      /^totals: act_1: .* 2 days/,
    ],
    [
      'spend does not add up',
      facts({ accounts: [account({ totals: [totalOf({ spend: '1005.03' })] })] }),
      'POOR',
      /^sums: act_1: .*1005.03 EUR.*1000 EUR/,
    ],
    [
      'clicks do not add up',
      facts({ accounts: [account({ totals: [totalOf({ clicks: '403' })] })] }),
      'POOR',
      /^sums.*clicks/,
    ],
    [
      'totals say more than no campaign',
      facts({
        campaigns: 0,
        accounts: [
          account({ totals: [{ ...totalOf(), stored: { spend: '0', impressions: '0', clicks: '0' } }] }),
        ],
      }),
      'POOR',
      /^campaigns/,
    ],
    ['nothing delivered', facts(NO_DELIVERY), 'NOT_EXPECTED', /nothing was delivered/],
    [
      'nothing delivered, a day unread',
      facts({ ...NO_DELIVERY, accounts: [account({ totals: [], present: 29, missing: GAP })] }),
      'POOR',
      /^coverage/,
    ],
    [
      'nothing delivered, a day suspect',
      facts({ ...NO_DELIVERY, accounts: [account({ totals: [], present: 29, suspect: 1 })] }),
      'POOR',
      /^coverage/,
    ],
    [
      'nothing read',
      facts({ campaigns: 0, accounts: [account({ present: 0, missing: GAP })] }),
      'MISSING',
      /NOT_FETCHED/,
    ],
    ['no account', facts({ accounts: [], campaigns: 0 }), 'MISSING', /no account/],
  ])('%s', (_name, given, quality, reason) => {
    const judged = judgeMonth(given);
    expect(judged.quality).toBe(quality);
    if (reason === null) expect(judged.reason).toBeNull();
    else expect(judged.reason).toMatch(reason);
  });
});

it.each([
  ['100.00', '101.00', true],
  ['100.00', '101.01', false],
  ['10000', '10050.25', true],
  ['10000', '10050.26', false],
  ['10050.26', '10000', false],
  ['0', '0', true],
])('%s and %s agree: %s', (a, b, expected) => {
  expect(agree(a, b)).toBe(expected);
});

test('what stays unless forced', () => {
  const kept = (stored: Parameters<typeof outranks>[0]) =>
    (['RICH', 'NOT_EXPECTED', 'POOR', 'MISSING'] as const).filter((fresh) => outranks(stored, fresh));
  expect(kept('RICH')).toEqual(['NOT_EXPECTED', 'POOR', 'MISSING']);
  expect(kept('NOT_EXPECTED')).toEqual(['MISSING']);
  expect(kept('POOR')).toEqual(['MISSING']);
  expect(kept('MISSING')).toEqual([]);
});
