import type { DayRange } from '../../lib/days.ts';
import type { DayRemark, StoredReading } from './store.ts';

/** Lines for the run's log about days of a window that are not as they should be. */
export function warningsOf(stored: StoredReading): string[] {
  return [
    line('Suspect', stored.suspect),
    line('Not replaced', stored.failed),
    line('Without their ads', stored.noted),
  ].filter((text) => text !== null);
}

export function totalsWarning(window: DayRange, reason: string): string {
  return `The account's own totals of ${window.from}…${window.to} could not be read: ${reason}`;
}

/** Newest first, as they are read. */
function line(what: string, days: readonly DayRemark[]): string | null {
  if (days.length === 0) return null;
  const told = days
    .toSorted((a, b) => (a.day < b.day ? 1 : -1))
    .map(({ day, reason }) => `${day} (${reason})`);
  return `${what}: ${told.join(', ')}.`;
}
