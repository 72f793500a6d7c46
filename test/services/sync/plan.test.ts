import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { addDays, daysOf } from '../../../src/lib/days.ts';
import { FIRST_WINDOW_DAYS, newestOf, planSync, windowDaysAfter } from '../../../src/services/sync/plan.ts';
import type { PlanAccount, PlanInput } from '../../../src/services/sync/plan.ts';

const NOW = new Date('2026-11-20T10:30:00Z');
const PLATFORMS = [{ key: 'META', historyMonths: 37 }];

function account(changes: Partial<PlanAccount> = {}): PlanAccount {
  return {
    id: 'id',
    clientId: 'client',
    platform: 'META',
    externalId: 'act_1',
    timezone: 'UTC',
    historyMonths: 37,
    ...changes,
  };
}

function plan(input: Partial<PlanInput> = {}) {
  return planSync({ accounts: [account()], platforms: PLATFORMS, now: NOW, ...input });
}

function refusal(input: Partial<PlanInput>): string {
  try {
    plan(input);
  } catch (error) {
    if (error instanceof AppError && error.code === 'BAD_USER_INPUT') return error.message;
    throw error;
  }
  return 'accepted';
}

test('30 days up to today when nothing is said', () => {
  const { accounts, slices } = plan();
  expect(accounts.map(({ range }) => range)).toEqual([{ from: '2026-10-22', to: '2026-11-20' }]);
  expect(slices).toBe(30);
});

test('without an account the limits are those of the platforms asked for', () => {
  const far = { range: { from: '2019-01-01', to: '2019-01-31' } };
  expect(refusal({ accounts: [], ...far })).toMatch(/META keeps 37 months/);
  expect(refusal({ accounts: [], days: 2_000 })).toMatch(/META keeps 37 months/);
  const longer = [...PLATFORMS, { key: 'OTHER', historyMonths: 120 }];
  expect(plan({ accounts: [], platforms: longer, ...far }).accounts).toEqual([]);
});

test('every account ends with its own today', () => {
  const zones = ['Pacific/Kiritimati', 'America/Los_Angeles', 'Pacific/Pago_Pago'];
  const early = new Date('2026-11-20T10:30:00Z');
  const { accounts } = planSync({
    accounts: zones.map((timezone) => account({ timezone })),
    platforms: PLATFORMS,
    days: 1,
    now: early,
  });
  expect(accounts.map(({ range }) => range.from)).toEqual(['2026-11-21', '2026-11-20', '2026-11-19']);
  expect(accounts.every(({ range }) => range.from === range.to)).toBe(true);
});

test('an explicit range is cut to each account: its today and its history', () => {
  const accounts = [
    account({ id: 'west', timezone: 'Pacific/Pago_Pago' }),
    account({ id: 'short', historyMonths: 1 }),
    account({ id: 'whole' }),
  ];
  const made = plan({ accounts, range: { from: '2026-10-01', to: '2026-11-20' } });
  expect(made.accounts.map(({ account: { id }, range }) => [id, range.from, range.to])).toEqual([
    ['west', '2026-10-01', '2026-11-19'],
    ['short', '2026-10-21', '2026-11-20'],
    ['whole', '2026-10-01', '2026-11-20'],
  ]);
  expect(made.slices).toBe(50 + 31 + 51);
});

test('an account that has none of the days is left out', () => {
  const accounts = [
    account({ timezone: 'Pacific/Pago_Pago' }),
    account({ id: 'here', timezone: 'Pacific/Kiritimati' }),
  ];
  const made = plan({ accounts, range: { from: '2026-11-21', to: '2026-11-21' } });
  expect(made.accounts.map((one) => one.account.id)).toEqual(['here']);
});

test('history begins the day after the same day so many months ago', () => {
  expect(refusal({ range: { from: '2023-10-21', to: '2023-10-30' } })).toBe('accepted');
  expect(refusal({ range: { from: '2023-10-20', to: '2023-10-30' } })).toBe(
    'range.from 2023-10-20 is too long ago: META keeps 37 months, give a day from 2023-10-21.',
  );
});

test.each<[string, Partial<PlanInput>, string]>([
  ['both', { range: { from: '2026-11-01', to: '2026-11-02' }, days: 3 }, 'Give range or days, not both.'],
  [
    'no such day',
    { range: { from: '2026-02-30', to: '2026-03-01' } },
    'range.from must be a day that exists, such as 2026-10-31.',
  ],
  [
    'not a day',
    { range: { from: '2026-11-01', to: '20.11.2026' } },
    'range.to must be a day that exists, such as 2026-10-31.',
  ],
  [
    'turned round',
    { range: { from: '2026-11-02', to: '2026-11-01' } },
    'range.from 2026-11-02 is after range.to 2026-11-01: give the earlier day first.',
  ],
  [
    'tomorrow',
    { range: { from: '2026-11-01', to: '2026-11-21' } },
    'range.to 2026-11-21 is in the future: give a day up to 2026-11-20.',
  ],
  [
    'tomorrow of nobody',
    { accounts: [], range: { from: '2026-11-22', to: '2026-11-22' } },
    'range.to 2026-11-22 is in the future: give a day up to 2026-11-21.',
  ],
  [
    'ages of nobody',
    { accounts: [], range: { from: '1990-01-01', to: '2026-11-20' } },
    'range.from 1990-01-01 is too long ago: META keeps 37 months, give a day from 2023-10-22.',
  ],
  ['no days', { days: 0 }, 'days must be a whole number from 1 to 1127.'],
  ['half a day', { days: 1.5 }, 'days must be a whole number from 1 to 1127.'],
  ['not a number', { days: Number.NaN }, 'days must be a whole number from 1 to 1127.'],
  ['too many', { days: 1128 }, 'days must be a whole number from 1 to 1127: META keeps 37 months.'],
])('refuses %s and says what would be right', (_case, input, message) => {
  expect(refusal(input)).toBe(message);
});

test('the most days are accepted', () => {
  expect(plan({ days: 1127 }).accounts[0]?.range.from).toBe('2023-10-21');
});

test('no accounts, no work', () => {
  expect(plan({ accounts: [] })).toEqual({ accounts: [], slices: 0 });
});

test('windows are the days left, each once, newest first, over no gap, at most as long as asked', () => {
  const left = fc
    .uniqueArray(fc.nat(60), { maxLength: 40 })
    .map((offsets) => offsets.toSorted((a, b) => b - a).map((offset) => addDays('2026-01-01', offset)));
  fc.assert(
    fc.property(
      left,
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 41, maxLength: 41 }),
      (days, lengths) => {
        const rest = [...days];
        const read: string[] = [];
        for (const most of lengths) {
          const window = newestOf(rest, most);
          if (!window) break;
          const own = daysOf(window).toReversed();
          expect(own.length).toBeLessThanOrEqual(most);
          read.push(...own);
          rest.splice(0, own.length);
        }
        expect(read).toEqual(days);
      },
    ),
  );
});

test.each([
  [0, FIRST_WINDOW_DAYS, 7],
  [100, 2, 7],
  [2_000, 2, 6],
  [6_600, 2, 1],
  [1_000_000, 7, 1],
])('after %i insights in %i days the next window has %i', (rows, days, expected) => {
  expect(windowDaysAfter(rows, days)).toBe(expected);
});
