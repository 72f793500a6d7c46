import type { Day, DayRange } from '../../lib/days.ts';
import type { KeptWindow, TaskPages } from './pages/keep.ts';
import { FIRST_WINDOW_DAYS, lengthOf, newestOf, windowDaysAfter } from './plan.ts';
import type { Reader, ReadWindow } from './read.ts';
import { readWindow } from './read.ts';

/**
 * Reads the days window by window, newest first, the next one while the last one is being stored. Windows that an
 * earlier try began keep their days, and those that follow have the length they would have had.
 */
export async function* windowsAhead(reader: Reader, days: readonly Day[]): AsyncGenerator<ReadWindow> {
  const rest = [...days];
  const begin = (most: number) => {
    const next = nextWindow(reader.pages, rest, most);
    if (!next) return null;
    rest.splice(0, lengthOf(next.window));
    const reading = readWindow(reader, next.window, next.kept);
    // Its failure is looked at when its turn comes; until then nobody waits for it.
    reading.catch(() => undefined);
    return reading;
  };
  let ahead = begin(firstDays(reader.pages));
  while (ahead) {
    const read = await ahead;
    ahead = begin(windowDaysAfter(read.facts.rows, lengthOf(read.window)));
    yield read;
  }
}

function nextWindow(
  pages: TaskPages,
  rest: readonly Day[],
  most: number,
): { window: DayRange; kept: KeptWindow | null } | null {
  const kept = pages.unstored.find(({ window }) => window.to === rest[0]);
  const window = newestOf(rest, kept ? lengthOf(kept.window) : most);
  if (!window) return null;
  // Days between were stored meanwhile: then it is another window, and read anew.
  return { window, kept: kept && kept.window.from === window.from ? kept : null };
}

function firstDays({ stored }: TaskPages): number {
  const last = stored.at(-1);
  return last ? windowDaysAfter(last.rows, lengthOf(last.window)) : FIRST_WINDOW_DAYS;
}
