import { z } from 'zod';
import type { Context } from '../../context.ts';
import { AppError, badInput, notFound } from '../../errors.ts';
import { parseInput } from '../parse.ts';
import { normalTimezone } from './cron.ts';
import type { ScheduleColumns } from './sql.ts';
import { findTwin } from './sql.ts';
import { checkCron } from './status.ts';

/** A schedule as it is asked for. */
export interface ScheduleInput {
  /** `ADS_SYNC`, … */
  kind: string;
  /** Five fields, or six with seconds first. */
  cron: string;
  /** IANA. */
  timezone: string;
  /** Every client when left out. */
  clientId?: string | null | undefined;
  /** An object after the job's own rules; empty when left out. */
  parameters?: unknown;
  /** True when left out. */
  enabled?: boolean | null | undefined;
}

const LONGEST = 200;

/**
 * The schedule as it would be stored. Throws BAD_USER_INPUT that says what is wrong: with the cron expression, the
 * zone, a parameter by its name, a client that is not active while the schedule is to be enabled; NOT_FOUND for a
 * client that is not there; CONFLICT when there is such a schedule already, other than `exceptId`.
 */
export async function checkSchedule(
  ctx: Context,
  input: ScheduleInput,
  exceptId: string | null,
): Promise<ScheduleColumns> {
  const cron = input.cron.trim().replace(/\s+/g, ' ');
  if (cron.length > LONGEST) throw badInput(`cron must have at most ${String(LONGEST)} characters.`);
  checkCron(cron, input.timezone, ctx.now());
  const parameters = checkParameters(ctx, input);
  const clientId = input.clientId ?? null;
  const enabled = input.enabled ?? true;
  if (clientId !== null) await checkClient(ctx, clientId, enabled);
  const times = [input.kind, cron, normalTimezone(input.timezone), clientId] as const;
  if (await findTwin.maybe(ctx.db.pool, ...times, exceptId)) throw conflict();
  return [...times, JSON.stringify(parameters), enabled];
}

export function conflict(): AppError {
  return new AppError(
    'CONFLICT',
    'There is a schedule of this job for this client at these times already: change that one.',
  );
}

/** What was given, checked; a job completes its parameters itself, by the rules of the day it starts. */
function checkParameters(ctx: Context, { kind, parameters }: ScheduleInput): unknown {
  const job = ctx.jobCatalogue.get(kind);
  if (!job) throw badInput(`kind must be one of ${[...ctx.jobCatalogue.keys()].join(', ')}.`);
  const given = parameters ?? {};
  parseInput(z.object({ parameters: job.parameters }), { parameters: given });
  return given;
}

async function checkClient(ctx: Context, id: string, enabled: boolean): Promise<void> {
  const client = await ctx.db.prisma.client.findFirst({ where: { id }, select: { active: true } });
  if (!client) throw notFound('client');
  if (enabled && !client.active) {
    throw badInput('The client is not active: activate it first, or disable the schedule.');
  }
}
