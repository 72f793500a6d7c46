export interface WaitOptions {
  /** Milliseconds until it is given up. */
  within?: number;
  /** What is waited for, for the failure message: "the run to end". */
  what: string;
}

const PAUSE_MS = 10;

/**
 * Calls `check` until it returns something truthy, and returns that. A check that throws counts as "not yet".
 * After the deadline throws an Error that names what was waited for and what the last check said.
 */
export async function waitFor<T>(
  check: () => T | Promise<T>,
  { within = 15_000, what }: WaitOptions,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + within;
  let last = 'the check never ended';
  do {
    try {
      const found = await check();
      if (found) return found;
      last = `the last check returned ${String(found)}`;
    } catch (error) {
      last = `the last check threw: ${error instanceof Error ? error.message : String(error)}`;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  } while (performance.now() < deadline);
  throw new Error(`Waited ${String(within)} ms for ${what}; ${last}.`);
}
