import { expect, it } from 'vitest';
import type { Completeness, MissingDay } from '../../src/emails/completeness.ts';
import { completenessEmail, inStretches } from '../../src/emails/completeness.ts';

const RANGE = { from: '2026-11-09', to: '2026-11-15' };

function missing(account: string, reason: string, ...dates: string[]): MissingDay[] {
  return dates.map((date) => ({ account, date, reason }));
}

function row(changes: Partial<Completeness> = {}): Completeness {
  return { client: 'Зерно', platform: 'META', expected: 14, present: 14, missing: [], ...changes };
}

it('says what is whole', () => {
  const { subject, text } = completenessEmail({ range: RANGE, client: null, rows: [row()], home: null });
  expect(subject).toBe('Data from 2026-11-09 to 2026-11-15: complete');
  expect(text).toContain('Зерно | META | 100 % | 14 of 14');
  expect(text).not.toContain('Missing');
});

it('never rounds up to whole, and says what is missing and why', () => {
  const rows = [
    row({ expected: 1_000, present: 999, missing: missing('Main', 'WAIT: paused', '2026-11-12') }),
    row({
      client: 'B',
      expected: 7,
      present: 0,
      missing: missing('Two', 'FIX: gone', '2026-11-14', '2026-11-15'),
    }),
  ];
  const { subject, text } = completenessEmail({ range: RANGE, client: 'Зерно', rows, home: null });
  expect(subject).toBe('Data of Зерно from 2026-11-09 to 2026-11-15: 99 % complete, 8 days missing');
  expect(text).toContain('Зерно | META | 99 % | 999 of 1000');
  expect(text).toContain('Зерно | META | Main | 2026-11-12 | WAIT: paused');
  expect(text).toContain('B | META | Two | 2026-11-14 to 2026-11-15 | FIX: gone');
});

it('days in a row of one account and reason are one line', () => {
  const days = [
    ...missing('a', 'x', '2026-10-30'),
    ...missing('b', 'x', '2026-10-30'),
    ...missing('a', 'x', '2026-10-31', '2026-11-01'),
    ...missing('a', 'y', '2026-11-02'),
    ...missing('a', 'y', '2026-11-04'),
  ];
  expect(inStretches(days).map(({ account, from, to, reason }) => [account, from, to, reason])).toEqual([
    ['a', '2026-10-30', '2026-11-01', 'x'],
    ['b', '2026-10-30', '2026-10-30', 'x'],
    ['a', '2026-11-02', '2026-11-02', 'y'],
    ['a', '2026-11-04', '2026-11-04', 'y'],
  ]);
});

it('a long list has an end', () => {
  const rows = Array.from({ length: 130 }, (_, n) => row({ missing: missing(String(n), 'x', '2026-11-12') }));
  expect(completenessEmail({ range: RANGE, client: null, rows, home: null }).text).toContain('And 30 more.');
});
