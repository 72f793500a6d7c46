import type { Database } from '../../../src/db/client.ts';
import { daysOf } from '../../../src/lib/days.ts';
import { syncAccount } from '../../../src/services/sync/account.ts';
import type { Scene } from './scene.ts';
import { adRow, NOW, rowsOf } from './support.ts';
import type { Holder } from './support.ts';

export const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

/** One ad on every day but these. */
export function everyDay(made: Scene, but: string[] = []): void {
  made.platform.serve = (window) =>
    daysOf(window)
      .filter((date) => !but.includes(date))
      .map((date) => adRow({ date }));
}

/** Performs the scene's task, so many hours after NOW; that of another run unless it is the first. */
export async function run(made: Scene, hours: number): Promise<void> {
  if (hours > 0) await made.again();
  made.now = later(hours);
  await syncAccount(made.ctx, await made.begin());
}

/** What there is to see of a day, and of a run. */
export function look(db: () => Database) {
  return {
    slice: async ({ accountId }: Holder, day: string) => {
      const rows = await rowsOf(
        db(),
        `SELECT status, rows, run_id, fetched_at, final, final_at, suspect_since, suspect_reason, note, failure_class,
           failure_reason, total_currency, total_spend::text, total_impressions, total_clicks
         FROM slices WHERE account_id = $1 AND date = $2`,
        [accountId, day],
      );
      return rows[0];
    },
    spend: async ({ clientId }: Holder, day: string) => {
      const rows = await rowsOf(
        db(),
        `SELECT ad_external_id AS ad, spend::text, currency FROM ad_insights WHERE client_id = $1 AND date = $2
         ORDER BY 1, 2`,
        [clientId, day],
      );
      return rows.map((row) => [row['ad'], row['spend'], row['currency']]);
    },
    logs: async ({ runId }: Scene) => {
      const query = 'SELECT level, message FROM run_logs WHERE run_id = $1 ORDER BY id';
      const rows = await rowsOf(db(), query, [runId]);
      return rows.map((row) => `${String(row['level'])} ${String(row['message'])}`);
    },
  };
}
