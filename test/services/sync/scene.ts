import type { Context } from '../../../src/context.ts';
import type { Database } from '../../../src/db/client.ts';
import { endTask } from '../../../src/services/runs/finish.ts';
import { beginTask, createTaskWork } from '../../../src/services/runs/perform.ts';
import type { BegunTask } from '../../../src/services/runs/perform.ts';
import type { TaskWork } from '../../../src/services/runs/task.ts';
import { triggerSync } from '../../../src/services/sync/trigger.ts';
import { addHolder, contextOf, NOW, rowsOf, scriptedPlatform } from './support.ts';
import type { Holder, ScriptedPlatform } from './support.ts';

export interface Scene {
  ctx: Context;
  platform: ScriptedPlatform;
  holder: Holder;
  /** Of the run that is open. */
  runId: string;
  taskId: string;
  /** What the context's clock says. */
  now: Date;
  /** The task in the hands of the real runner code; the one before loses it. */
  begin(stop?: AbortController): Promise<TaskWork>;
  /** Ends the task that was begun, as the runner does. */
  end(): Promise<void>;
  /** Ends it, and triggers another run of the same days. */
  again(): Promise<void>;
}

/** A client, its account and a triggered run of these days. */
export async function scene(db: Database, days: number): Promise<Scene> {
  const platform = scriptedPlatform();
  const ctx: Context = { ...contextOf(db, platform), now: () => made.now };
  const holder = await addHolder(db);
  let begun: BegunTask | null = null;
  const made: Scene = {
    ...{ ctx, platform, holder, now: NOW },
    ...{ runId: '', taskId: '' },
    begin: async (stop = new AbortController()) => {
      begun = await beginTask(ctx, { taskId: made.taskId, retries: 0 });
      if (!begun) throw new Error('nothing to begin');
      return createTaskWork(ctx, begun, stop);
    },
    end: async () => {
      if (begun) await endTask(ctx, { ...begun, status: 'SUCCEEDED', errorClass: null, reason: null });
    },
    again: async () => {
      await made.end();
      await trigger();
    },
  };
  const trigger = async () => {
    const { runId } = await triggerSync(ctx, { clientId: holder.clientId, days });
    const [task] = await rowsOf(db, 'SELECT id FROM run_tasks WHERE run_id = $1', [runId]);
    made.runId = runId;
    made.taskId = String(task?.['id']);
  };
  await trigger();
  return made;
}
