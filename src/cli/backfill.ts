import { startSandbox } from '../../sandbox/index.ts';
import type { Context } from '../context.ts';
import { isFinished } from '../db/enums.ts';
import { createDemoClients } from '../demo.ts';
import { badInput } from '../errors.ts';
import { decodeNodeId } from '../schema/ids.ts';
import type { BackfillRequest } from '../services/backfill/scope.ts';
import { triggerBackfill } from '../services/backfill/trigger.ts';
import { previewBackfill } from '../services/plans/make.ts';
import { requireRun } from '../services/runs/find.ts';
import { resumeRun } from '../services/runs/pause.ts';
import { printBackfillPlan } from './backfill/plan.ts';
import { clientIdsOf } from './clientIds.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printNote } from './print.ts';
import { followRun } from './sync/follow.ts';
import { exitCodeOf, printOutcome, readOutcome } from './sync/outcome.ts';
import { createReporter } from './sync/progress.ts';
import type { Workspace } from './workspace.ts';
import { commandSettings, inWorkspace } from './workspace.ts';

export interface BackfillOptions {
  months?: number | undefined;
  client?: string[] | undefined;
  platform?: string | undefined;
  force?: true | undefined;
  dryRun?: true | undefined;
  /** A run that was left. */
  resume?: string | undefined;
  json?: true | undefined;
}

const PARTS = 'months of accounts';

/** Prints the plan, then starts the backfill, or joins the open one of the same work, and follows it to its end. */
export async function runBackfill(options: BackfillOptions): Promise<ExitCode> {
  if (options.months === undefined && options.resume === undefined) {
    throw badInput('Give --months, or --resume with a run that was left.');
  }
  const sandbox = commandSettings().config.sandbox ? await startSandbox() : null;
  try {
    return await inWorkspace(sandbox?.urls ?? null, async (workspace) => {
      if (options.dryRun) return preview(workspace.ctx, options);
      if (options.resume !== undefined) return resume(workspace, options.resume, options.json === true);
      // A server that is running has its own, and its own demo clients.
      if (sandbox && !workspace.foundation.attached) {
        await createDemoClients(workspace.ctx, sandbox.demoClients);
      }
      return perform(workspace, options);
    });
  } finally {
    await sandbox?.close();
  }
}

async function preview(ctx: Context, options: BackfillOptions): Promise<ExitCode> {
  await printBackfillPlan(
    ctx,
    await previewBackfill(ctx, await requestOf(ctx, options)),
    options.json === true,
  );
  return EXIT.DONE;
}

async function perform(workspace: Workspace, options: BackfillOptions): Promise<ExitCode> {
  const { ctx } = workspace;
  const isJson = options.json === true;
  const request = await requestOf(ctx, options);
  if (!isJson) await printBackfillPlan(ctx, await previewBackfill(ctx, request), false);
  const started = await triggerBackfill(ctx, { ...request, trigger: 'MANUAL', scheduleId: null });
  if (!started.created && !isJson) printNote('The same backfill is under way already: following it.');
  return follow(workspace, started.runId, isJson);
}

/** Goes on with a run, also one that was paused; of one that is over only the outcome is printed. */
async function resume(workspace: Workspace, run: string, isJson: boolean): Promise<ExitCode> {
  const { ctx } = workspace;
  const { typename, id } = decodeNodeId(run);
  const { id: runId, status } = await requireRun(ctx, typename === 'SyncRun' ? id : run);
  if (!isFinished(status)) await resumeRun(ctx, runId);
  return follow(workspace, runId, isJson);
}

async function follow(workspace: Workspace, runId: string, isJson: boolean): Promise<ExitCode> {
  const end = await followRun(workspace, runId, createReporter(isJson, PARTS));
  const outcome = await readOutcome(workspace.ctx, runId);
  printOutcome(outcome, isJson, PARTS);
  if (end === 'LEFT' && !isFinished(outcome.status))
    printNote(farewell(workspace.foundation.attached, runId));
  return exitCodeOf(outcome.status);
}

function farewell(attached: boolean, runId: string): string {
  return attached
    ? `Left; the running server goes on with it. To watch it again: tributary backfill --resume ${runId}`
    : `Stopped; what was read is stored. To go on: tributary start, or tributary backfill --resume ${runId}`;
}

async function requestOf(ctx: Context, options: BackfillOptions): Promise<BackfillRequest> {
  const { client: slugs, platform, months = 0, force = false } = options;
  return {
    clientIds: slugs ? await clientIdsOf(ctx, slugs) : null,
    platform: platform?.toUpperCase() ?? null,
    months,
    force,
  };
}
