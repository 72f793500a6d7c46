import { startSandbox } from '../../sandbox/index.ts';
import type { Context } from '../context.ts';
import { isFinished } from '../db/enums.ts';
import { createDemoClients } from '../demo.ts';
import { triggerClose } from '../services/months/trigger.ts';
import { clientIdsOf } from './clientIds.ts';
import { printClosed, readClosed } from './closeMonth/outcome.ts';
import type { ExitCode } from './exit.ts';
import { printNote } from './print.ts';
import { followRun } from './sync/follow.ts';
import { exitCodeOf, readOutcome } from './sync/outcome.ts';
import { createReporter } from './sync/progress.ts';
import type { Workspace } from './workspace.ts';
import { commandSettings, inWorkspace } from './workspace.ts';

export interface CloseMonthOptions {
  client?: string | undefined;
  platform?: string | undefined;
  force?: true | undefined;
  dryRun?: true | undefined;
  json?: true | undefined;
}

const PARTS = 'months of clients';

/** Closes a month of every client, or joins the open close of the same, and follows it to its end. */
export async function runCloseMonth(month: string, options: CloseMonthOptions): Promise<ExitCode> {
  const sandbox = commandSettings().config.sandbox ? await startSandbox() : null;
  try {
    return await inWorkspace(sandbox?.urls ?? null, async (workspace) => {
      // A server that is running has its own, and its own demo clients.
      if (sandbox && !workspace.foundation.attached) {
        await createDemoClients(workspace.ctx, sandbox.demoClients);
      }
      return perform(workspace, month, options);
    });
  } finally {
    await sandbox?.close();
  }
}

async function perform(workspace: Workspace, month: string, options: CloseMonthOptions): Promise<ExitCode> {
  const { ctx, foundation } = workspace;
  const isJson = options.json === true;
  const { runId, created } = await triggerClose(
    ctx,
    { month, ...(await requestOf(ctx, options)) },
    { trigger: 'MANUAL', scheduleId: null },
  );
  if (!created && !isJson) printNote('The same close is under way already: following it.');
  const end = await followRun(workspace, runId, createReporter(isJson, PARTS));
  const outcome = await readOutcome(ctx, runId);
  printClosed({ ...outcome, month, months: await readClosed(ctx, runId) }, isJson, PARTS);
  if (end === 'LEFT' && !isFinished(outcome.status)) printNote(farewell(foundation.attached));
  return exitCodeOf(outcome.status);
}

function farewell(attached: boolean): string {
  return attached
    ? 'Left; the running server goes on with it.'
    : 'Stopped; what was captured is stored. The same command, or `tributary start`, goes on where it was left.';
}

async function requestOf(ctx: Context, options: CloseMonthOptions) {
  const { client: slug, platform, force = false, dryRun = false } = options;
  const [clientId = null] = slug === undefined ? [] : await clientIdsOf(ctx, [slug]);
  return { clientId, platform: platform?.toUpperCase() ?? null, force, dryRun };
}
