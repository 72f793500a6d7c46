import { z } from 'zod';
import type { Context } from '../context.ts';
import { badInput, notFound } from '../errors.ts';
import type { Schedule } from '../generated/prisma/client.ts';
import { audited } from '../services/audit/record.ts';
import { NO_SUBJECT } from '../services/audit/subject.ts';
import type { ScheduleInput } from '../services/schedules/check.ts';
import { checkSchedule } from '../services/schedules/check.ts';
import { createSchedule } from '../services/schedules/create.ts';
import { deleteSchedule } from '../services/schedules/delete.ts';
import { pauseScheduler, resumeScheduler } from '../services/schedules/pause.ts';
import { previewSchedule } from '../services/schedules/preview.ts';
import { readSchedulerStatus } from '../services/schedules/schedulerStatus.ts';
import { updateSchedule } from '../services/schedules/update.ts';
import { clientIdsOf } from './clientIds.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine, printNote } from './print.ts';
import type { ShownSchedule } from './schedules/print.ts';
import { printFires, printSchedules, shown } from './schedules/print.ts';
import { inWorkspace } from './workspace.ts';

interface Common {
  dryRun?: true | undefined;
  json?: true | undefined;
}

export interface SchedulesUpdateOptions extends Common {
  kind?: string | undefined;
  cron?: string | undefined;
  timezone?: string | undefined;
  client?: string | undefined;
  parameters?: string | undefined;
  enabled?: boolean | undefined;
}

export interface SchedulesAddOptions extends SchedulesUpdateOptions {
  kind: string;
  cron: string;
  timezone: string;
  disabled?: true | undefined;
}

/** Prints every schedule with its next moment and how it went. */
export async function runSchedulesList({ json }: Common): Promise<ExitCode> {
  const { schedules, status } = await inWorkspace(null, async ({ ctx }) => {
    const rows = await ctx.db.prisma.schedule.findMany({ orderBy: [{ kind: 'asc' }, { createdAt: 'asc' }] });
    const slugs = await slugsOf(ctx, rows);
    return {
      schedules: rows.map((row) => shown(row, { slugs, now: ctx.now() })),
      status: await readSchedulerStatus(ctx),
    };
  });
  if (json) printJson({ running: status.running, schedules });
  else {
    if (schedules.length === 0) printLine('No schedule yet: tributary schedules add --help');
    else printSchedules(schedules);
    if (!status.running) {
      const by = status.pausedBy === null ? '' : ` by ${status.pausedBy}`;
      printNote(`All are paused${by}: tributary schedules resume`);
    }
  }
  return EXIT.DONE;
}

/** Prints when such a schedule would run. */
export async function runSchedulesPreview(
  options: Common & { cron: string; timezone: string; count: number },
): Promise<ExitCode> {
  const { cron, timezone, count, json } = options;
  const fires = await inWorkspace(null, ({ ctx }) =>
    Promise.resolve(previewSchedule(ctx, { cron, timezone }, count)),
  );
  if (json) printJson({ cron, timezone, nextRuns: fires });
  else printFires(fires, timezone);
  return EXIT.DONE;
}

/** Adds a schedule and prints its next moments; with `dryRun` it only checks it. */
export async function runSchedulesAdd(options: SchedulesAddOptions): Promise<ExitCode> {
  const saved = await inWorkspace(null, async ({ ctx }) => {
    const input: ScheduleInput = {
      kind: jobOf(options.kind),
      cron: options.cron,
      timezone: options.timezone,
      clientId: options.client === undefined ? null : await clientOf(ctx, options.client),
      parameters: parametersOf(options.parameters ?? '{}'),
      enabled: !options.disabled,
    };
    if (options.dryRun) return dry(ctx, input, null);
    const subject = (made: Schedule | undefined) => (made ? subjectOf(made) : NO_SUBJECT);
    const made = await audited(ctx, { action: 'createSchedule', subject }, () => createSchedule(ctx, input));
    return show(ctx, made);
  });
  return printSaved(saved, options, 'add');
}

/** Changes what is given and prints the next moments; with `dryRun` it only checks it. */
export async function runSchedulesUpdate(id: string, options: SchedulesUpdateOptions): Promise<ExitCode> {
  const saved = await inWorkspace(null, async ({ ctx }) => {
    const before = await scheduleOf(ctx, id);
    const input: ScheduleInput = {
      kind: options.kind === undefined ? before.kind : jobOf(options.kind),
      cron: options.cron ?? before.cron,
      timezone: options.timezone ?? before.timezone,
      clientId: options.client === undefined ? before.clientId : await clientOf(ctx, options.client),
      parameters: options.parameters === undefined ? before.parameters : parametersOf(options.parameters),
      enabled: options.enabled ?? before.enabled,
    };
    if (options.dryRun) return dry(ctx, input, id);
    const subject = () => subjectOf(before);
    return show(
      ctx,
      await audited(ctx, { action: 'updateSchedule', subject }, () => updateSchedule(ctx, id, input)),
    );
  });
  return printSaved(saved, options, 'change');
}

/** Deletes a schedule for good. */
export async function runSchedulesRemove(id: string, options: Common): Promise<ExitCode> {
  const removed = await inWorkspace(null, async ({ ctx }) => {
    const before = await scheduleOf(ctx, id);
    const subject = () => subjectOf(before);
    if (!options.dryRun) {
      await audited(ctx, { action: 'deleteSchedule', subject }, () => deleteSchedule(ctx, id));
    }
    return show(ctx, before);
  });
  if (options.json) printJson({ ...(options.dryRun ? { dryRun: true } : {}), id, removed: !options.dryRun });
  else {
    const { kind, cron, timezone } = removed;
    const what = `${id}: ${kind} at ${cron} (${timezone}).`;
    printLine(options.dryRun ? `Would remove ${what} Nothing was changed.` : `Removed ${what}`);
  }
  return EXIT.DONE;
}

/** Stops or starts the scheduler of the whole installation. */
export async function runSchedulesSwitch(running: boolean, options: Common): Promise<ExitCode> {
  const action = running ? 'startScheduler' : 'stopScheduler';
  const status = await inWorkspace(null, ({ ctx }) => {
    if (options.dryRun) return readSchedulerStatus(ctx);
    const work = () => (running ? resumeScheduler(ctx) : pauseScheduler(ctx));
    return audited(ctx, { action, subject: () => NO_SUBJECT }, work);
  });
  if (options.json) printJson({ ...(options.dryRun ? { dryRun: true } : {}), ...status });
  else if (options.dryRun) {
    const now = status.running ? 'runs' : 'is paused';
    printLine(`The scheduler ${now}; would ${running ? 'start' : 'pause'} it. Nothing was changed.`);
  } else if (running) {
    printLine(`The scheduler runs. Next: ${status.nextFire?.toISOString() ?? 'nothing is scheduled'}.`);
  } else printLine('The scheduler is paused, in every process. To go on: tributary schedules resume');
  return EXIT.DONE;
}

/** What would be stored, checked as if it were. */
async function dry(ctx: Context, input: ScheduleInput, id: string | null): Promise<ShownSchedule> {
  const [kind, cron, timezone, clientId, parameters, enabled] = await checkSchedule(ctx, input, id);
  const row = { id, kind, cron, timezone, clientId, parameters: JSON.parse(parameters) as unknown, enabled };
  return shown(row, { slugs: await slugsOf(ctx, [row]), now: ctx.now() });
}

async function show(ctx: Context, schedule: Schedule): Promise<ShownSchedule> {
  return shown(schedule, { slugs: await slugsOf(ctx, [schedule]), now: ctx.now() });
}

function printSaved(saved: ShownSchedule, options: Common, verb: 'add' | 'change'): ExitCode {
  if (options.json) printJson({ ...(options.dryRun ? { dryRun: true } : {}), ...saved });
  else {
    const { id, kind, client, enabled, nextRuns, timezone } = saved;
    printLine(`${kind} for ${client ?? 'every client'}${enabled ? ', next:' : ', disabled.'}`);
    printFires(nextRuns, timezone);
    if (options.dryRun) printLine(`Would ${verb} it. Nothing was changed.`);
    else printLine(`${verb === 'add' ? 'Added' : 'Changed'} ${id ?? ''}.`);
  }
  return EXIT.DONE;
}

async function scheduleOf(ctx: Context, id: string): Promise<Schedule> {
  const isId = z.guid().safeParse(id).success;
  const found = isId ? await ctx.db.prisma.schedule.findFirst({ where: { id } }) : null;
  if (!found) throw notFound('schedule');
  return found;
}

function subjectOf({ id, clientId }: Schedule) {
  return { clientId, target: `Schedule:${id}` };
}

/** `ads-sync` is ADS_SYNC too. */
function jobOf(text: string): string {
  return text.toUpperCase().replaceAll('-', '_');
}

async function clientOf(ctx: Context, slug: string): Promise<string | null> {
  if (slug === '*') return null;
  const [id] = await clientIdsOf(ctx, [slug]);
  return id ?? null;
}

function parametersOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badInput(`--parameters must be JSON, such as '{"days":7}'.`);
  }
}

async function slugsOf(ctx: Context, rows: readonly { clientId: string | null }[]) {
  const ids = rows.flatMap(({ clientId }) => (clientId === null ? [] : [clientId]));
  const clients = await ctx.db.prisma.client.findMany({
    where: { id: { in: ids } },
    select: { id: true, slug: true },
  });
  return new Map(clients.map(({ id, slug }) => [id, slug]));
}
