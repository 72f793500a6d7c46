import type { PauseGate } from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import { errorText } from '../../db/errors.ts';
import { storable } from '../runs/text.ts';
import type { Heard } from './notices.ts';
import { heardSoFar, noticesOf } from './notices.ts';
import { keepPause } from './sql.ts';

/** What a gate needs to know of an account, as it is stored. */
export interface Pausable {
  platform: string;
  externalId: string;
  pausedUntil: Date | null;
}

/** The account was found paused before anything was asked of its platform. */
export class AccountPaused extends ConnectorError {
  constructor(message: string, retryAt: Date) {
    super(message, { failure: 'WAIT', retryAt });
  }
}

/**
 * The pauses of an account, kept on its rows: of every client that holds it. When the database is away the process
 * remembers by itself. `since` is the moment before the account was read.
 */
export function createGate(ctx: Context, account: Pausable, since: Heard = heardSoFar(ctx)): PauseGate {
  const { platform, externalId, pausedUntil } = account;
  const { pauses } = noticesOf(ctx);
  const key = `${platform} ${externalId}`;
  const closedUntil = () => later(pausedUntil, pauses.since(key, since.pauses));
  return {
    closedUntil,
    close: async (until, reason) => {
      const known = closedUntil();
      if (known !== null && known >= until) return;
      const stored = pauses.add(key, until);
      try {
        await keepPause.run(ctx.db.staff.pool, platform, externalId, until, storable(reason));
        stored();
      } catch (error) {
        ctx.log.warn({ platform, externalId, reason: errorText(error) }, 'a pause could not be stored');
      }
    },
  };
}

function later(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/** Throws AccountPaused while the platform takes no calls for the account. */
export function refusePaused(paused: Pausing, now: Date): void {
  const { until } = paused;
  if (until !== null && until > now) throw new AccountPaused(pauseText({ ...paused, until }, now), until);
}

interface Pausing {
  /** `Meta` */
  label: string;
  until: Date | null;
  /** What the platform said; null = it is not known any more. */
  reason: string | null;
}

/** `Meta takes no calls for this account until 14:05 UTC (Meta limits the calls for this ad account).` */
export function pauseText({ label, until, reason }: Pausing & { until: Date }, now: Date): string {
  const text = `${label} takes no calls for this account until ${momentText(until, now)}`;
  return reason === null ? `${text}.` : `${text} (${reason.replace(/\.$/, '')}).`;
}

/** `14:05 UTC`, rounded up to the minute, with the day unless it is today's. */
export function momentText(moment: Date, now: Date): string {
  const minute = new Date(Math.ceil(moment.getTime() / 60_000) * 60_000).toISOString();
  const [day = '', time = ''] = minute.split('T');
  const clock = `${time.slice(0, 5)} UTC`;
  return now.toISOString().startsWith(day) ? clock : `${day} ${clock}`;
}
