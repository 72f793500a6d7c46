import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RetryOptions } from '../../src/lib/retry.ts';
import { DEFAULT_RETRIES, pauseMs, retrying } from '../../src/lib/retry.ts';

const QUICK: RetryOptions = { tries: 6, baseMs: 0, capMs: 0, random: () => 0, decide: () => 'retry' };

function failing(times: number, error = new Error('busy')) {
  const calls = { count: 0 };
  const work = (): Promise<string> => {
    calls.count += 1;
    return calls.count <= times ? Promise.reject(error) : Promise.resolve('done');
  };
  return { calls, work };
}

describe('retrying', () => {
  test.each([0, 1, 5])('succeeds after %i failures', async (times) => {
    const { calls, work } = failing(times);
    await expect(retrying(work, QUICK)).resolves.toBe('done');
    expect(calls.count).toBe(times + 1);
  });

  test('gives up after the sixth try with the last error', async () => {
    const error = new Error('busy');
    const { calls, work } = failing(99, error);
    await expect(retrying(work, QUICK)).rejects.toBe(error);
    expect(calls.count).toBe(6);
  });

  test('stops at once when decide says so', async () => {
    const { calls, work } = failing(99);
    await expect(retrying(work, { ...QUICK, decide: () => 'stop' })).rejects.toThrow('busy');
    expect(calls.count).toBe(1);
  });

  test('never retries a mistake in the program', async () => {
    const { calls, work } = failing(99, new TypeError('x is not a function'));
    await expect(retrying(work, QUICK)).rejects.toThrow('x is not a function');
    expect(calls.count).toBe(1);
  });

  test('waits as long as was asked for, whatever the jitter', async () => {
    const { work } = failing(1);
    const started = performance.now();
    await retrying(work, { ...QUICK, decide: () => ({ afterMs: 40 }) });
    expect(performance.now() - started).toBeGreaterThan(35);
  });

  test.each([new Error('the process stops'), 'stopped'])(
    'the signal ends a long pause with its reason',
    async (reason) => {
      const stop = new AbortController();
      const { calls, work } = failing(99);
      const decide = (): { afterMs: number } => {
        setImmediate(() => stop.abort(reason));
        return { afterMs: 60_000 };
      };
      await expect(retrying(work, { ...QUICK, decide, signal: stop.signal })).rejects.toBe(reason);
      expect(calls.count).toBe(1);
    },
  );
});

describe('pauseMs', () => {
  test('lies between nothing and the doubled bound, and never above the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, r) => {
          const ms = pauseMs({ ...DEFAULT_RETRIES, random: () => r }, n);
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(Math.min(30_000, 1_000 * 2 ** (n - 1)));
        },
      ),
    );
  });

  test('uses the whole span: full jitter', () => {
    const at = (r: number, n: number): number => pauseMs({ ...DEFAULT_RETRIES, random: () => r }, n);
    expect([at(0, 3), at(0.5, 1), at(0.5, 3), at(0.5, 50)]).toEqual([0, 500, 2_000, 15_000]);
  });

  test('six tries by default', () => {
    expect(DEFAULT_RETRIES.tries).toBe(6);
  });
});
