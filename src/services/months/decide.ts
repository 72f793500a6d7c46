import { sameBytes } from '../../lib/crypto.ts';
import { outranks } from './judge.ts';
import type { MonthQuality, MonthState } from '../../db/enums.ts';
import { MONTH_QUALITIES, MONTH_STATES } from '../../db/enums.ts';

/** A month as it is stored, and what would be captured. */
export interface StoredCapture {
  state: string;
  quality: string;
  reason: string | null;
  hash: Uint8Array | null;
}

export interface FreshCapture {
  quality: MonthQuality;
  reason: string | null;
  hash: Uint8Array | null;
  /** Every day was read after the platform stopped restating it. */
  isSettled: boolean;
}

/**
 * WRITE the capture · SAME: it is what is stored · KEEP the richer one that is stored · COMPARE: the month is FINAL,
 * and only its drift is noted.
 */
export type CaptureStep = 'WRITE' | 'SAME' | 'KEEP' | 'COMPARE';

/**
 * What to do with a capture. A FINAL month is never written; poor never goes over rich unless forced. RICH months, and
 * those without delivery, are FINAL once they are settled; nothing else is.
 */
export function decideCapture(
  stored: StoredCapture | null,
  fresh: FreshCapture,
  force: boolean,
): { step: CaptureStep; state: MonthState } {
  const state = stateOf(fresh);
  if (!stored) return { step: 'WRITE', state };
  const was = wordOf(MONTH_STATES, stored.state);
  if (was === 'FINAL') return { step: 'COMPARE', state: was };
  if (!force && outranks(wordOf(MONTH_QUALITIES, stored.quality), fresh.quality))
    return { step: 'KEEP', state: was };
  const isSame = was === state && stored.quality === fresh.quality && stored.reason === fresh.reason;
  return { step: isSame && sameHash(stored.hash, fresh.hash) ? 'SAME' : 'WRITE', state };
}

function stateOf({ quality, isSettled }: FreshCapture): MonthState {
  if (quality === 'MISSING') return 'OPEN';
  const isWhole = quality === 'RICH' || quality === 'NOT_EXPECTED';
  return isWhole && isSettled ? 'FINAL' : 'PROVISIONAL';
}

function sameHash(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : sameBytes(a, b);
}

/** A word that the database holds as plain text. */
export function wordOf<Word extends string>(words: readonly Word[], text: string): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new Error(`The database holds the unknown word "${text}".`);
  return found;
}
