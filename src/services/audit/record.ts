import { ConnectorError } from '../../connectors/errors.ts';
import type { Actor, Context } from '../../context.ts';
import { withStaffDatabase } from '../../context.ts';
import type { ErrorCode } from '../../errors.ts';
import { AppError } from '../../errors.ts';
import { actorLabel } from '../access.ts';
import type { Subject } from './subject.ts';
import { RefusalOf } from './subject.ts';

/** How an action ended: OK, or the code of its error. */
export type Outcome = 'OK' | ErrorCode;

/** What is recorded of an action, beside who and from where. */
export interface Audited<Result> {
  /** The mutation's name, also for the command that does the same. */
  action: string;
  /** Called with nothing when it failed. */
  subject: (result: Result | undefined) => Subject;
  /** For errors that only the caller's layer knows. */
  outcomeOf?: (error: unknown) => Outcome;
}

/**
 * Does the work and records it, whatever comes of it: one entry with the actor, never with a value of its input. The
 * log only takes additions, so the entry is written when the outcome is known. When it cannot be written, the caller
 * gets INTERNAL although the work may be done, and the process log says what is missing: no success without a record.
 */
export async function audited<Result>(
  ctx: Context,
  entry: Audited<Result>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work();
    await write(ctx, { action: entry.action, outcome: 'OK', ...entry.subject(result) });
    return result;
  } catch (error) {
    if (error instanceof RecordMissing) throw error;
    const subject = entry.subject(undefined);
    const target = error instanceof RefusalOf ? error.target : subject.target;
    const outcome = (entry.outcomeOf ?? outcomeOf)(error);
    await write(ctx, { action: entry.action, outcome, ...subject, target });
    throw error;
  }
}

/** The outcome of an action that threw this. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof AppError) return error.code;
  return error instanceof ConnectorError ? 'UPSTREAM' : 'INTERNAL';
}

/** Not an AppError: it reaches the caller as INTERNAL. */
class RecordMissing extends Error {
  override readonly name = 'RecordMissing';
}

async function write(ctx: Context, done: Subject & { action: string; outcome: Outcome }): Promise<void> {
  try {
    await withStaffDatabase(ctx).db.prisma.auditEntry.create({
      data: { ...done, ...whoIs(ctx.actor), at: ctx.now(), origin: ctx.origin },
    });
  } catch (error) {
    ctx.log.error({ err: error, ...done, actor: actorLabel(ctx.actor) }, 'an audit entry is missing');
    throw new RecordMissing('The audit log could not be written.', { cause: error });
  }
}

function whoIs(actor: Actor): { actorKind: string; actorId: string | null; actorName: string } {
  if (actor.kind === 'ANONYMOUS') return { actorKind: actor.kind, actorId: null, actorName: 'anonymous' };
  if (actor.kind === 'SYSTEM') return { actorKind: actor.kind, actorId: null, actorName: actor.name };
  return { actorKind: actor.kind, actorId: actor.id, actorName: actor.name };
}
