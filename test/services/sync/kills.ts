import { ConnectorError } from '../../../src/connectors/errors.ts';
import type { TaskWork } from '../../../src/services/runs/task.ts';
import { syncAccount } from '../../../src/services/sync/account.ts';
import type { Ask } from './paging.ts';
import type { Scene } from './scene.ts';

/** FAIL = the platform fails in a way that may pass; KILL = the process is gone from one moment to the next. */
export type Blow = 'KILL' | 'FAIL';

export interface Attempts {
  /** What every try asked for, the last one came to the end. */
  tries: Ask[][];
  /** The moments at which it could have happened. */
  KILL: number[];
  FAIL: number[];
}

class Killed extends Error {}

/**
 * Syncs the scene's task to its end. `blow` is asked at every moment that matters: a question is on its way, its answer is
 * here, it was kept, a window is about to be committed, it was committed.
 */
export async function syncThrough(made: Scene, blow: (moment: number) => Blow | null): Promise<Attempts> {
  const attempts: Attempts = { tries: [], KILL: [], FAIL: [] };
  for (;;) {
    const stop = new AbortController();
    const pass = (mayFail: boolean) => {
      if (stop.signal.aborted) throw new Killed();
      const moment = attempts.KILL.length;
      attempts.KILL.push(moment);
      if (mayFail) attempts.FAIL.push(moment);
      const kind = blow(moment);
      if (kind === 'KILL') {
        stop.abort(new Killed());
        throw new Killed();
      }
      if (kind === 'FAIL' && mayFail) throw new ConnectorError('Busy.', { failure: 'RETRY' });
    };
    const { platform } = made;
    platform.asks = [];
    attempts.tries.push(platform.asks);
    // Totals that cannot be read are done without.
    platform.onAsk = ({ what }) => pass(what !== 'TOTALS');
    try {
      await syncAccount(
        made.ctx,
        fragile(await made.begin(stop), () => pass(false)),
      );
      return attempts;
    } catch (error) {
      const isOurs = error instanceof Killed || (error instanceof Error && error.message === 'Busy.');
      if (!isOurs) throw error;
    }
  }
}

function fragile(task: TaskWork, pass: () => void): TaskWork {
  return {
    ...task,
    keep: async (page, write) => {
      pass();
      await task.keep(page, write);
      pass();
    },
    checkpoint: async (write) => {
      await task.checkpoint(async (sql) => {
        const written = await write(sql);
        pass();
        return written;
      });
      pass();
    },
  };
}

/** The most questions that one try asked although an earlier one had asked them. */
export function mostAskedAgain({ tries }: Attempts): number {
  const asked = new Set<string>();
  const again = tries.map((asks) => {
    const keys = asks.map((ask) => JSON.stringify(ask));
    const repeated = keys.filter((key) => asked.has(key)).length;
    for (const key of keys) asked.add(key);
    return repeated;
  });
  return Math.max(...again);
}
