import type { Structure } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import type { WindowFacts } from './insights.ts';
import { FIRST_WINDOW_DAYS, lengthOf, newestOf, windowDaysAfter } from './plan.ts';
import type { Reader } from './read.ts';
import { readWindow } from './read.ts';

/** A window as the platform reported it, not stored yet. */
export interface ReadWindow {
  window: DayRange;
  facts: WindowFacts;
  /** What its rows name and the structure does not list. */
  stubs: Structure;
  readAt: Date;
}

/** Reads the days window by window, newest first, the next one while the last one is being stored. */
export async function* windowsAhead(
  ctx: Context,
  reader: Reader,
  days: readonly Day[],
): AsyncGenerator<ReadWindow> {
  const rest = [...days];
  const begin = (most: number) => {
    const window = newestOf(rest, most);
    if (!window) return null;
    rest.splice(0, lengthOf(window));
    const reading = readOne(ctx, reader, window);
    // Its failure is looked at when its turn comes; until then nobody waits for it.
    reading.catch(() => undefined);
    return reading;
  };
  let ahead = begin(FIRST_WINDOW_DAYS);
  while (ahead) {
    const read = await ahead;
    ahead = begin(windowDaysAfter(read.facts.rows, lengthOf(read.window)));
    yield read;
  }
}

async function readOne(ctx: Context, reader: Reader, window: DayRange): Promise<ReadWindow> {
  const readAt = ctx.now();
  const facts = await readWindow(reader, window);
  return { window, facts, stubs: reader.stubs.take(), readAt };
}
