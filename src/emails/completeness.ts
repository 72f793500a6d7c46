import type { Email } from './email.ts';
import type { Block } from './layout.ts';
import { renderEmail } from './layout.ts';

/** How much of the last days of a client is there, on one platform. */
export interface Completeness {
  client: string;
  platform: string;
  /** Accounts × days. */
  expected: number;
  present: number;
  /** Oldest first. */
  missing: readonly MissingDay[];
}

export interface MissingDay {
  account: string;
  /** `2026-11-16` */
  date: string;
  reason: string;
}

export interface CompletenessReport {
  /** Both ends included. */
  range: { from: string; to: string };
  /** Whose it is; null = everybody's. */
  client: string | null;
  rows: readonly Completeness[];
  home: string | null;
}

const MOST_MISSING = 100;

/** What of the last week is there and what is missing, with reasons. */
export function completenessEmail({ range, client, rows, home }: CompletenessReport): Email {
  const expected = sum(rows.map((row) => row.expected));
  const present = sum(rows.map((row) => row.present));
  const gap = expected - present;
  const found = gap === 0 ? 'complete' : `${shareText(present, expected)} complete, ${days(gap)} missing`;
  const subject = `${client === null ? 'Data' : `Data of ${client}`} from ${range.from} to ${range.to}: ${found}`;
  return renderEmail({
    subject,
    headline: subject,
    blocks: [
      {
        kind: 'TABLE',
        head: ['Client', 'Platform', 'Complete', 'Days'],
        rows: rows.map((row) => [
          row.client,
          row.platform,
          shareText(row.present, row.expected),
          `${String(row.present)} of ${String(row.expected)}`,
        ]),
      },
      ...missingBlocks(rows),
      ...(home === null ? [] : [{ kind: 'LINK' as const, label: 'Open Tributary', url: home }]),
    ],
  });
}

function missingBlocks(rows: readonly Completeness[]): Block[] {
  const lines = rows.flatMap((row) =>
    inStretches(row.missing).map(({ account, from, to, reason }) => [
      row.client,
      row.platform,
      account,
      from === to ? from : `${from} to ${to}`,
      reason,
    ]),
  );
  if (lines.length === 0) return [];
  const more = lines.length - MOST_MISSING;
  return [
    {
      kind: 'TABLE',
      head: ['Client', 'Platform', 'Account', 'Missing', 'Why'],
      rows: lines.slice(0, MOST_MISSING),
    },
    ...(more > 0 ? [{ kind: 'PARAGRAPH' as const, text: `And ${String(more)} more.` }] : []),
  ];
}

interface Stretch {
  account: string;
  from: string;
  to: string;
  reason: string;
}

/** Days in a row that an account lacks for the same reason are one line. */
export function inStretches(missing: readonly MissingDay[]): Stretch[] {
  const stretches: Stretch[] = [];
  const open = new Map<string, Stretch>();
  for (const { account, date, reason } of missing) {
    const last = open.get(account);
    if (last?.reason === reason && nextDay(last.to) === date) {
      last.to = date;
      continue;
    }
    const stretch = { account, from: date, to: date, reason };
    open.set(account, stretch);
    stretches.push(stretch);
  }
  return stretches;
}

function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** Rounded down: 100 % is only what is whole. */
function shareText(present: number, expected: number): string {
  return expected === 0 ? '—' : `${String(Math.floor((present / expected) * 100))} %`;
}

function days(count: number): string {
  return `${String(count)} ${count === 1 ? 'day' : 'days'}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
