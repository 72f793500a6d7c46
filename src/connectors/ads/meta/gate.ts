import { ConnectorError } from '../../errors.ts';
import type { PauseGate } from '../contract.ts';
import { GraphError } from './answer.ts';
import type { Caller } from './pause.ts';
import { announcedPause } from './pause.ts';

/** Throws WAIT, without calling, while the platform takes no calls for the account. */
export function requireOpen(gate: PauseGate | undefined, now: Date): void {
  const until = gate?.closedUntil() ?? null;
  if (until === null || until <= now) return;
  throw new GraphError(
    'Meta takes no calls for this account for a while.',
    { failure: 'WAIT', retryAt: until },
    { decision: 'stop' },
  );
}

/** What an answer said about pauses. */
export interface Heard extends Caller {
  headers: Headers;
  /** What the call failed with, when it did. */
  error?: unknown;
}

/** Tells the gate of the longest pause that an answer's headers or its error ask for. */
export async function heed(gate: PauseGate | undefined, heard: Heard): Promise<void> {
  if (gate === undefined) return;
  const announced = announcedPause(heard.headers, heard);
  const until = announced === null ? null : new Date(heard.now.getTime() + announced.seconds * 1000);
  const refused = heard.error instanceof ConnectorError ? heard.error : null;
  const retryAt = refused?.retryAt ?? null;
  if (retryAt !== null && (until === null || retryAt >= until))
    await gate.close(retryAt, refused?.message ?? '');
  else if (until !== null) await gate.close(until, announced?.reason ?? '');
}
