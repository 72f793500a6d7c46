import { startSandbox } from '../../sandbox/index.ts';
import type { Context } from '../context.ts';
import type { RunStatus } from '../db/enums.ts';
import { isFinished } from '../db/enums.ts';
import { AppError, badInput } from '../errors.ts';
import { audited } from '../services/audit/record.ts';
import { updateClient } from '../services/clients/update.ts';
import { listTemplates } from '../services/goals/templates.ts';
import type { PlatformTemplate } from '../services/goals/templates.ts';
import { planRecompute } from '../services/goals/trigger.ts';
import { newestRuns } from '../services/runs/sql.ts';
import { clientIdsOf } from './clientIds.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine, printTable } from './print.ts';
import { followRun } from './sync/follow.ts';
import { exitCodeOf, printOutcome, readOutcome } from './sync/outcome.ts';
import { createReporter, formatCount } from './sync/progress.ts';
import type { Workspace } from './workspace.ts';
import { commandSettings, inWorkspace } from './workspace.ts';

export interface ClientsGoalsOptions {
  platform?: string | undefined;
  template?: string | undefined;
  dryRun?: true | undefined;
  json?: true | undefined;
}

interface Asked extends ClientsGoalsOptions {
  clientId: string;
  slug: string;
}

/** Shows a client's goals; with a template it takes its goals and follows the computing of the history to its end. */
export async function runClientsGoals(slug: string, options: ClientsGoalsOptions): Promise<ExitCode> {
  if (options.dryRun && options.template === undefined) throw badInput('--dry-run needs --template.');
  // Tasks of other runs may be waiting too, and pretended accounts are asked for at the pretended platforms.
  const computes = options.template !== undefined && !options.dryRun;
  const sandbox = computes && commandSettings().config.sandbox ? await startSandbox() : null;
  try {
    return await inWorkspace(sandbox?.urls ?? null, async (workspace) => {
      const [clientId = ''] = await clientIdsOf(workspace.ctx, [slug]);
      const asked = { ...options, slug, clientId, platform: options.platform?.toUpperCase() };
      if (options.template === undefined) return show(workspace, asked);
      return options.dryRun ? plan(workspace, asked) : take(workspace, asked);
    });
  } finally {
    await sandbox?.close();
  }
}

async function show({ ctx }: Workspace, { clientId, platform, json }: Asked): Promise<ExitCode> {
  const goals = await ctx.db.prisma.goal.findMany({
    where: { clientId, ...(platform === undefined ? {} : { platform }) },
    select: { platform: true, name: true, position: true, actionTypes: true },
    orderBy: [{ platform: 'asc' }, { position: 'asc' }],
  });
  const listed = goals.map((goal) => ({ ...goal, primary: goal.position === 0 }));
  if (json) printJson(listed);
  else if (listed.length === 0) printLine('No goals of its own: those of the platform count.');
  else {
    printTable(
      ['PLATFORM', 'GOAL', 'PRIMARY', 'ACTION TYPES'],
      listed.map((goal) => [
        goal.platform,
        goal.name,
        goal.primary ? 'yes' : '',
        goal.actionTypes.join(', '),
      ]),
    );
  }
  return EXIT.DONE;
}

/** The templates with this key. Throws NOT_FOUND that names those there are. */
function templatesOf({ ctx }: Workspace, { platform, template: key }: Asked): PlatformTemplate[] {
  const all = listTemplates(ctx, platform ?? null);
  const found = all.filter((template) => template.key === key?.toUpperCase());
  if (found.length > 0) return found;
  const keys = [...new Set(all.map((template) => template.key))].join(', ');
  throw new AppError(
    'NOT_FOUND',
    `No such template: ${key ?? ''}. There is ${keys || 'none on this platform'}.`,
  );
}

async function plan(workspace: Workspace, asked: Asked): Promise<ExitCode> {
  const platforms = templatesOf(workspace, asked).map((template) => template.platform);
  const accounts = await planRecompute(workspace.ctx, { clientId: asked.clientId, platforms });
  const days = accounts.reduce((sum, account) => sum + account.days, 0);
  const listed = accounts.map(({ platform, external_id: account, ...size }) => ({
    ...{ platform, account, days: size.days, rows: size.rows },
  }));
  if (asked.json) printJson({ dryRun: true, days, accounts: listed });
  else {
    printTable(
      ['PLATFORM', 'ACCOUNT', 'DAYS', 'ROWS'],
      listed.map((row) => [row.platform, row.account, formatCount(row.days), formatCount(row.rows)]),
    );
    printLine(`Would compute ${formatCount(days)} account-days anew. Nothing was changed.`);
  }
  return EXIT.DONE;
}

async function take(workspace: Workspace, asked: Asked): Promise<ExitCode> {
  const { ctx } = workspace;
  const { clientId, slug } = asked;
  const isJson = asked.json === true;
  const goals = templatesOf(workspace, asked).flatMap(({ platform, goals: list }) =>
    list.map(({ name, actionTypes }) => ({ platform, name, actionTypes: [...actionTypes] })),
  );
  const subject = { clientId, target: `Client:${clientId}` };
  const before = await newestRun(ctx, clientId);
  await audited(ctx, { action: 'updateClient', subject: () => subject }, () =>
    updateClient(ctx, clientId, { goals }),
  );
  const run = await newestRun(ctx, clientId);
  if (!run || (run.id === before?.id && isFinished(run.status as RunStatus))) {
    if (isJson) printJson({ slug, runId: null });
    else printLine(`Nothing to compute anew: ${slug} has no accounts there, or had these goals already.`);
    return EXIT.DONE;
  }
  await followRun(workspace, run.id, createReporter(isJson));
  const outcome = await readOutcome(ctx, run.id);
  printOutcome(outcome, isJson);
  return exitCodeOf(outcome.status);
}

async function newestRun(ctx: Context, clientId: string) {
  const [newest] = await newestRuns.all(ctx.db.pool, 'GOALS', [clientId]);
  return newest ? ctx.db.prisma.run.findUnique({ where: { id: newest.id } }) : null;
}
