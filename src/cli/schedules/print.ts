import type { Schedule } from '../../generated/prisma/client.ts';
import { nextFires } from '../../services/schedules/status.ts';
import { printLine, printTable } from '../print.ts';

const SHOWN = 5;

type Stored = Pick<Schedule, 'kind' | 'cron' | 'timezone' | 'clientId' | 'enabled'> & {
  /** Null = it was not added yet. */
  id: string | null;
  parameters: unknown;
} & Partial<Pick<Schedule, 'runCount' | 'successCount' | 'errorCount' | 'lastRunAt' | 'lastStatus'>>;

/** A schedule as commands show it, also in JSON. */
export interface ShownSchedule extends Omit<Stored, 'clientId'> {
  /** The slug; null = every client. */
  client: string | null;
  /** None while it is disabled. */
  nextRuns: Date[];
}

export function shown(
  { clientId, ...schedule }: Stored,
  { slugs, now }: { slugs: ReadonlyMap<string, string>; now: Date },
): ShownSchedule {
  const client = clientId === null ? null : (slugs.get(clientId) ?? clientId);
  return { ...schedule, client, nextRuns: schedule.enabled ? nextFires(schedule, now, SHOWN) : [] };
}

export function printSchedules(schedules: readonly ShownSchedule[]): void {
  printTable(
    ['ID', 'JOB', 'CLIENT', 'CRON', 'ZONE', 'NEXT', 'LAST', 'STATUS', 'RUNS', 'ERRORS'],
    schedules.map((schedule) => [
      schedule.id ?? '',
      schedule.kind,
      schedule.client ?? 'all',
      schedule.cron,
      schedule.timezone,
      schedule.enabled ? inUtc(schedule.nextRuns[0] ?? null) : 'disabled',
      inUtc(schedule.lastRunAt ?? null),
      schedule.lastStatus?.toLowerCase() ?? '-',
      String(schedule.runCount ?? 0),
      String(schedule.errorCount ?? 0),
    ]),
  );
}

function inUtc(moment: Date | null): string {
  return moment ? `${moment.toISOString().slice(0, 19)}Z` : '-';
}

/** A moment a line: in UTC, and as clocks in the zone show it. */
export function printFires(fires: readonly Date[], timezone: string): void {
  const local = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });
  for (const fire of fires) printLine(`  ${inUtc(fire)}  ${local.format(fire)}`);
}
