import type { UnservedCell } from '../../connectors/ads/contract.ts';
import type { Day, DayRange } from '../../lib/days.ts';

const CAMPAIGNS_NAMED = 3;

/** The days of the window that are unknown, because their campaigns were not served, and why. */
export function unservedDays(cells: readonly UnservedCell[], window: DayRange): Map<Day, string> {
  const days = new Map<Day, string>();
  for (const { level, date, reason } of cells) {
    if (level === 'CAMPAIGN' && date >= window.from && date <= window.to && !days.has(date)) {
      days.set(date, `The platform would not serve it: ${reason}`);
    }
  }
  return days;
}

/** What is missing of a day whose campaigns are known; null when nothing is. */
export function noteOf(cells: readonly UnservedCell[], day: Day): string | null {
  const missing = cells.filter(({ level, date }) => level === 'AD' && date === day);
  const [first] = missing;
  if (!first) return null;
  const campaigns = new Set(missing.map(({ campaignExternalId }) => campaignExternalId));
  return `the ads of ${namesOf(campaigns)} were not served: ${first.reason}`;
}

function namesOf(campaigns: ReadonlySet<string | null>): string {
  if (campaigns.has(null)) return 'every campaign';
  const names = [...campaigns].slice(0, CAMPAIGNS_NAMED).join(', ');
  const more = campaigns.size - CAMPAIGNS_NAMED;
  const noun = campaigns.size === 1 ? 'campaign' : 'campaigns';
  return `${noun} ${names}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
