/** Reads the present instant. Code takes a Clock so that tests can say what time it is. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** Milliseconds from an arbitrary start, never going back: for durations only. */
export function monotonicMs(): number {
  return performance.now();
}
