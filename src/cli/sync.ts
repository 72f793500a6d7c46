import { startSandbox } from '../../sandbox/index.ts';
import type { Context } from '../context.ts';
import { createDemoClients } from '../demo.ts';
import { AppError, badInput } from '../errors.ts';
import type { SyncRequest } from '../services/sync/trigger.ts';
import { planOnly, triggerSync } from '../services/sync/trigger.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printNote } from './print.ts';
import { followRun } from './sync/follow.ts';
import { exitCodeOf, printOutcome, readOutcome } from './sync/outcome.ts';
import { printPlan } from './sync/plan.ts';
import { createReporter } from './sync/progress.ts';
import type { Workspace } from './workspace.ts';
import { commandSettings, inWorkspace } from './workspace.ts';

export interface SyncOptions {
  client?: string | undefined;
  platform?: string | undefined;
  days?: number | undefined;
  from?: string | undefined;
  to?: string | undefined;
  dryRun?: true | undefined;
  json?: true | undefined;
}

/** Starts a sync, or joins the open one of the same work, and follows it to its end. */
export async function runSync(options: SyncOptions): Promise<ExitCode> {
  checkDays(options);
  if (options.dryRun) return inWorkspace(null, ({ ctx }) => plan(ctx, options));
  const sandbox = commandSettings().config.sandbox ? await startSandbox() : null;
  try {
    return await inWorkspace(sandbox?.urls ?? null, async (workspace) => {
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

async function plan(ctx: Context, options: SyncOptions): Promise<ExitCode> {
  printPlan(await planOnly(ctx, await requestOf(ctx, options)), options.json === true);
  return EXIT.DONE;
}

async function perform(workspace: Workspace, options: SyncOptions): Promise<ExitCode> {
  const { ctx } = workspace;
  const isJson = options.json === true;
  const { runId, created } = await triggerSync(ctx, await requestOf(ctx, options));
  if (!created && !isJson) printNote('The same sync is under way already: following it.');
  const end = await followRun(workspace, runId, createReporter(isJson));
  const outcome = await readOutcome(ctx, runId);
  printOutcome(outcome, isJson);
  if (end === 'LEFT') printNote(farewell(workspace.foundation.attached));
  return exitCodeOf(outcome.status);
}

function farewell(attached: boolean): string {
  return attached
    ? 'Left; the running server goes on with it.'
    : 'Stopped; what was read is stored. The same command, or `tributary start`, goes on where it was left.';
}

function checkDays({ from, to }: SyncOptions): void {
  if ((from === undefined) !== (to === undefined)) throw badInput('Give --from and --to together.');
}

async function requestOf(ctx: Context, options: SyncOptions): Promise<SyncRequest> {
  const { client: slug, platform, days, from, to } = options;
  return {
    clientId: slug === undefined ? null : await clientIdOf(ctx, slug),
    platform: platform?.toUpperCase() ?? null,
    range: from === undefined || to === undefined ? null : { from, to },
    days: days ?? null,
  };
}

async function clientIdOf(ctx: Context, slug: string): Promise<string> {
  const client = await ctx.db.prisma.client.findFirst({ where: { slug } });
  if (!client)
    throw new AppError('NOT_FOUND', `No such client: ${slug}. \`tributary clients list\` shows them.`);
  return client.id;
}
