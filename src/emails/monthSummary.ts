import type { Email } from './email.ts';
import { renderEmail } from './layout.ts';

/** CANCELLED: it was not closed, because somebody stopped the run. */
export type MonthOutcome = 'SKIPPED' | 'SAVED' | 'UPDATED' | 'FAILED' | 'CANCELLED';

/** What became of the month of one client on one platform. */
export interface ClosedMonth {
  /** Tells clients of one name apart. */
  clientId: string;
  client: string;
  platform: string;
  outcome: MonthOutcome;
  reason: string | null;
}

export interface MonthSummary {
  /** `2026-09`. */
  month: string;
  closed: readonly ClosedMonth[];
  durationMs: number;
  now: Date;
  /** Where the installation is reached; null = not known. */
  home: string | null;
}

/** A client's outcome is the one of these that comes last among its platforms. */
const ORDER: readonly MonthOutcome[] = ['SKIPPED', 'SAVED', 'UPDATED', 'CANCELLED', 'FAILED'];

/**
 * How the close of a month went. The subject says it all, "September saved for 15 clients: 8 skipped, 6 updated, 1 failed:
 * token expired; 4 min"; the mail goes on client by client, what failed first.
 */
export function monthSummaryEmail(summary: MonthSummary): Email {
  const line = summaryLine(summary);
  const rows = summary.closed
    .toSorted((a, b) => ORDER.indexOf(b.outcome) - ORDER.indexOf(a.outcome) || byName(a, b))
    .map(({ client, platform, outcome, reason }) => [client, platform, outcome.toLowerCase(), reason ?? '']);
  const { home } = summary;
  return renderEmail({
    subject: line,
    headline: line,
    blocks: [
      { kind: 'TABLE', head: ['Client', 'Platform', 'Outcome', 'What was said'], rows },
      ...(home === null ? [] : [{ kind: 'LINK' as const, label: 'Open Tributary', url: home }]),
    ],
  });
}

/** The subject. */
export function summaryLine({ month, closed, durationMs, now }: MonthSummary): string {
  const clients = outcomeOfClients(closed);
  const counts = ORDER.flatMap((outcome) => {
    const count = clients.filter((each) => each === outcome).length;
    return count === 0 ? [] : [`${String(count)} ${outcome.toLowerCase()}`];
  });
  const isAny = clients.some((outcome) => outcome !== 'FAILED' && outcome !== 'CANCELLED');
  const many = `${String(clients.length)} ${clients.length === 1 ? 'client' : 'clients'}`;
  const why = whyFailed(closed);
  return `${nameOfMonth(month, now)} ${isAny ? 'saved' : 'not saved'} for ${many}: ${counts.join(', ')}${why && `: ${why}`}; ${durationText(durationMs)}`;
}

function outcomeOfClients(closed: readonly ClosedMonth[]): MonthOutcome[] {
  const worst = new Map<string, number>();
  for (const { clientId, outcome } of closed) {
    worst.set(clientId, Math.max(worst.get(clientId) ?? 0, ORDER.indexOf(outcome)));
  }
  return [...worst.values()].map((place) => ORDER[place] ?? 'SKIPPED');
}

const LONGEST_REASON = 80;

/** The reason that stands behind most failures, and how many others there are. */
function whyFailed(closed: readonly ClosedMonth[]): string {
  const counts = new Map<string, number>();
  for (const { outcome, reason } of closed) {
    const text = (reason ?? 'no reason given').trim().replace(/\.$/, '');
    if (outcome === 'FAILED') counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const [first, ...others] = [...counts].toSorted((a, b) => b[1] - a[1]).map(([text]) => text);
  if (first === undefined) return '';
  const short = first.length > LONGEST_REASON ? `${first.slice(0, LONGEST_REASON - 1)}…` : first;
  return others.length === 0 ? short : `${short}, and ${String(others.length)} more`;
}

const MINUTE_MS = 60_000;

/** `38 s`, `4 min`, `1 h 12 min`. */
export function durationText(ms: number): string {
  if (ms < MINUTE_MS) return `${String(Math.max(0, Math.round(ms / 1000)))} s`;
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 60) return `${String(minutes)} min`;
  return minutes % 60 === 0
    ? `${String(minutes / 60)} h`
    : `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** The name alone while it can mean only one month. */
function nameOfMonth(month: string, now: Date): string {
  const first = new Date(`${month}-01T00:00:00Z`);
  const ago = (now.getUTCFullYear() - first.getUTCFullYear()) * 12 + now.getUTCMonth() - first.getUTCMonth();
  const year = ago >= 0 && ago < 12 ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat('en', { month: 'long', ...year, timeZone: 'UTC' }).format(first);
}

function byName(a: ClosedMonth, b: ClosedMonth): number {
  return a.client.localeCompare(b.client) || a.platform.localeCompare(b.platform);
}
