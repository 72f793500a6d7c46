import { CONCURRENCY } from '../../app.ts';
import { JOBS } from '../../jobs/index.ts';
import { startRunner } from '../../jobs/runner.ts';
import { watchProgress } from '../../services/runs/watch.ts';
import type { Workspace } from '../workspace.ts';
import type { Reporter } from './progress.ts';

/** ENDED = the run is over; LEFT = a signal came first, and the run stays in the queue. */
export type FollowEnd = 'ENDED' | 'LEFT';

/**
 * Follows a run to its end, performing tasks in this process unless a running server does. A signal ends it early;
 * what is being performed then goes back into the queue.
 */
export async function followRun(workspace: Workspace, runId: string, reporter: Reporter): Promise<FollowEnd> {
  const { ctx, foundation, stopped } = workspace;
  let end: FollowEnd = 'ENDED';
  const states = watchProgress(ctx, runId);
  void stopped.then(() => {
    end = 'LEFT';
    return states.return?.();
  });
  const runner = foundation.attached
    ? null
    : await startRunner(ctx, { jobs: JOBS, concurrency: CONCURRENCY });
  try {
    for await (const progress of states) reporter.show(progress);
    return end;
  } finally {
    reporter.end();
    await runner?.stop();
  }
}
