import { statement } from '../../db/sql.ts';

export interface ScheduleRow {
  id: string;
  kind: string;
  cron: string;
  timezone: string;
  client_id: string | null;
  parameters: unknown;
  /** The last moment that was claimed, or when a person last changed the schedule: what is later is still to run. */
  after: Date;
}

/** Nothing while the scheduler is paused. */
export const findActiveSchedules = statement<ScheduleRow>(
  'schedules.active',
  `SELECT s.id, s.kind, s.cron, s.timezone, s.client_id, s.parameters,
          greatest(s.created_at, s.updated_at, f.fire_at) AS after
   FROM schedules s
   LEFT JOIN LATERAL (
     SELECT fire_at FROM schedule_fires WHERE schedule_id = s.id ORDER BY fire_at DESC LIMIT 1
   ) f ON true
   WHERE s.enabled AND NOT EXISTS (SELECT FROM settings WHERE key = 'scheduler.paused' AND value = 'true')
   ORDER BY s.created_at, s.id`,
);

/** No row when another process has the moment: it waits until that process is through with it. */
export const claimFire = statement<{ schedule_id: string }, [scheduleId: string, fireAt: Date]>(
  'schedules.claimFire',
  `INSERT INTO schedule_fires (schedule_id, fire_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING schedule_id`,
);

export const setFireRun = statement<never, [scheduleId: string, fireAt: Date, runId: string]>(
  'schedules.setFireRun',
  'UPDATE schedule_fires SET run_id = $3 WHERE schedule_id = $1 AND fire_at = $2',
);

/** Old moments are of no use once newer ones are claimed. */
export const deleteOldFires = statement<never, [before: Date]>(
  'schedules.deleteOldFires',
  `DELETE FROM schedule_fires f
   WHERE fire_at < $1
     AND EXISTS (SELECT FROM schedule_fires n WHERE n.schedule_id = f.schedule_id AND n.fire_at > f.fire_at)`,
);

/** Waits for whoever holds the row, so that two processes that start together do not both create the defaults. */
export const lockSetting = statement<{ value: unknown }, [key: string, initial: string]>(
  'settings.lock',
  `INSERT INTO settings (key, value) VALUES ($1, $2::jsonb)
   ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING value`,
);

export const setSetting = statement<never, [key: string, value: string]>(
  'settings.set',
  `INSERT INTO settings (key, value) VALUES ($1, $2::jsonb)
   ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = now()`,
);

export const insertSchedule = statement<{ id: string }, [kind: string, cron: string, timezone: string]>(
  'schedules.insertDefault',
  `INSERT INTO schedules (kind, cron, timezone) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id`,
);
