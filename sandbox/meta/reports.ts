import { dayText, localMoment } from '../world/days.ts';
import type { Poison } from '../faults/faults.ts';
import { unknownObject } from './errors.ts';
import type { JsonObject } from './json.ts';
import { isPoisonous } from './poison.ts';
import type { Scope } from './query.ts';
import { readQuery } from './query.ts';

/** One asynchronous insights report. Its figures are those of the moment it was asked for. */
export interface Report {
  id: string;
  scope: Scope;
  params: URLSearchParams;
  at: Date;
  polls: number;
  /** It will fail. */
  isPoisoned: boolean;
}

export interface Reports {
  start(scope: Scope, order: Pick<Report, 'params' | 'at'>, poisons: readonly Poison[]): Report;
  find(id: string): Report | undefined;
  /** Its state as the platform tells it; each look moves it on, the third finds it done. */
  poll(report: Report): JsonObject;
}

const STATES = [
  { async_status: 'Job Not Started', async_percent_completion: 0, is_running: true },
  { async_status: 'Job Running', async_percent_completion: 47, is_running: true },
  { async_status: 'Job Completed', async_percent_completion: 100 },
];
const FAILED = {
  async_status: 'Job Failed',
  async_percent_completion: 47,
  is_running: false,
  error_code: 2,
  error_subcode: 1504038,
  error_message: 'Your request timed out.',
};
const FIRST_ID = 6_044_775_548_468n;
const MAX_REPORTS = 1_000;

export function createReports(): Reports {
  const reports = new Map<string, Report>();
  let started = 0n;
  return {
    start(scope, { params, at }, poisons) {
      const query = readQuery(params, scope, localMoment(at, scope.account.timezone));
      const isPoisoned = isPoisonous(query, poisons);
      const id = String(FIRST_ID + 17n * ++started);
      const report: Report = { id, scope, params, at, polls: 0, isPoisoned };
      reports.set(report.id, report);
      for (const oldest of reports.keys()) {
        if (reports.size <= MAX_REPORTS) break;
        reports.delete(oldest);
      }
      return report;
    },
    find: (id) => reports.get(id),
    poll(report) {
      const state = STATES[Math.min(report.polls, STATES.length - 1)];
      report.polls += 1;
      const isOver = report.polls >= STATES.length;
      return { ...describe(report), ...(isOver && report.isPoisoned ? FAILED : state) };
    },
  };
}

function describe(report: Report): JsonObject {
  const { account } = report.scope;
  const { slices } = readQuery(report.params, report.scope, localMoment(report.at, account.timezone));
  const first = slices[0];
  const last = slices.at(-1);
  const time_ref = Math.floor(report.at.getTime() / 1000);
  return {
    id: report.id,
    account_id: account.externalId.slice(4),
    time_ref,
    ...(report.polls >= STATES.length - 1 ? { time_completed: time_ref + 62 } : {}),
    date_start: first && dayText(first.from),
    date_stop: last && dayText(last.to),
  };
}

/** Rows of a report exist once a look has found it done. */
export function requireDone(report: Report): void {
  if (report.polls < STATES.length || report.isPoisoned) throw unknownObject(report.id);
}
