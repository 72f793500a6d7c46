import type { ConnectorError } from '../../connectors/errors.ts';

export const MOST_TRIES = 6;

const FIRST_PAUSE_S = 60;
const LONGEST_PAUSE_S = 4 * 3_600;

export type NextTry = { kind: 'AGAIN'; seconds: number; reason: string } | { kind: 'FAILED'; reason: string };

/**
 * What becomes of a mail whose try failed. Refused for good: no further try. Anything else: six tries in all, with
 * pauses of about 1, 4, 16, 64 and 240 minutes, each shortened by up to a half, so that not all come back at once.
 * `attempts` counts this try; `random` is in [0, 1).
 */
export function decideNextTry(error: ConnectorError, attempts: number, random: number): NextTry {
  if (error.failure === 'FIX') return { kind: 'FAILED', reason: error.message };
  if (attempts >= MOST_TRIES) {
    return { kind: 'FAILED', reason: `Tried ${String(attempts)} times. ${error.message}` };
  }
  const pause = Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 4 ** (attempts - 1));
  return { kind: 'AGAIN', seconds: pause * (0.5 + random / 2), reason: error.message };
}

/** The server takes no mail at all now, so the others need not be tried either. */
export function concernsServer(error: ConnectorError): boolean {
  return error.failure === 'REAUTHORIZE' || (error.failure === 'RETRY' && error.status === undefined);
}
