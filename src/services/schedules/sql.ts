import { statement } from '../../db/sql.ts';

/*
 * Times are the database's: what is due is the same in every process, however wrong its own clock is.
 * A moment is claimed under a lock on its schedule, so nothing starts by a schedule that was just changed or deleted.
 */

export interface ScheduleRow {
  id: string;
  kind: string;
  cron: string;
  timezone: string;
  /** The last moment that was claimed, or when a person last changed the times: what is later is still to run. */
  after: Date;
}

const PAUSED = `EXISTS (SELECT FROM settings WHERE key = 'scheduler.paused' AND value <> 'false')`;

/** The time, and every schedule that is kept; without one a row of nulls. None is kept while the scheduler is paused. */
export const findActiveSchedules = statement<
  { now: Date } & (ScheduleRow | { [Column in keyof ScheduleRow]: null })
>(
  'schedules.active',
  `SELECT clock.now, s.id, s.kind, s.cron, s.timezone, greatest(s.created_at, s.updated_at, f.fire_at) AS after
   FROM (SELECT clock_timestamp() AS now) AS clock
   LEFT JOIN schedules s ON s.enabled AND NOT ${PAUSED}
   LEFT JOIN LATERAL (
     SELECT fire_at FROM schedule_fires WHERE schedule_id = s.id ORDER BY fire_at DESC LIMIT 1
   ) f ON true
   ORDER BY s.created_at, s.id`,
);

export interface ClaimedFire {
  client_id: string | null;
  /** False = the client was deactivated, or is gone. */
  client_active: boolean;
  parameters: unknown;
}

/**
 * No row when another process has the moment (it waits until that process is through with it), or when the schedule
 * is no longer the one that was due: changed, disabled, deleted, paused with all the others.
 */
export const claimFire = statement<
  ClaimedFire,
  [scheduleId: string, fireAt: Date, kind: string, cron: string, timezone: string]
>(
  'schedules.claimFire',
  `WITH due AS (
     SELECT s.id, s.client_id, s.parameters FROM schedules s
     WHERE s.id = $1 AND s.enabled AND s.kind = $3 AND s.cron = $4 AND s.timezone = $5 AND NOT ${PAUSED}
     FOR KEY SHARE OF s
   ), claimed AS (
     INSERT INTO schedule_fires (schedule_id, fire_at) SELECT id, $2 FROM due
     ON CONFLICT DO NOTHING RETURNING schedule_id
   )
   SELECT due.client_id, due.parameters,
          due.client_id IS NULL OR EXISTS (SELECT FROM clients c WHERE c.id = due.client_id AND c.active)
            AS client_active
   FROM claimed JOIN due ON due.id = claimed.schedule_id`,
);

export const setFireRun = statement<never, [scheduleId: string, fireAt: Date, runId: string]>(
  'schedules.setFireRun',
  'UPDATE schedule_fires SET run_id = $3 WHERE schedule_id = $1 AND fire_at = $2',
);

/** Moments a week old are of no use once newer ones are claimed. */
export const deleteOldFires = statement<never>(
  'schedules.deleteOldFires',
  `DELETE FROM schedule_fires f
   WHERE fire_at < clock_timestamp() - interval '7 days'
     AND EXISTS (SELECT FROM schedule_fires n WHERE n.schedule_id = f.schedule_id AND n.fire_at > f.fire_at)`,
);

/** The run of each schedule's newest moment that has one. */
export const findLastRuns = statement<
  { schedule_id: string; run_id: string },
  [scheduleIds: readonly string[]]
>(
  'schedules.lastRuns',
  `SELECT wanted.id AS schedule_id, f.run_id FROM unnest($1::uuid[]) AS wanted (id)
   CROSS JOIN LATERAL (
     SELECT run_id FROM schedule_fires WHERE schedule_id = wanted.id AND run_id IS NOT NULL
     ORDER BY fire_at DESC LIMIT 1) AS f`,
);

/** A schedule's columns, in the order of the statements below; the parameters as JSON. */
export type ScheduleColumns = [
  kind: string,
  cron: string,
  timezone: string,
  clientId: string | null,
  parameters: string,
  enabled: boolean,
];

/** No row when there is such a schedule. */
export const insertSchedule = statement<{ id: string }, ScheduleColumns>(
  'schedules.insert',
  `INSERT INTO schedules (kind, cron, timezone, client_id, parameters, enabled)
   VALUES ($1, $2, $3, $4, $5::jsonb, $6) ON CONFLICT DO NOTHING RETURNING id`,
);

/** Another schedule than this one with the same job, client and times. */
export const findTwin = statement<
  { id: string },
  [kind: string, cron: string, timezone: string, clientId: string | null, exceptId: string | null]
>(
  'schedules.twin',
  `SELECT id FROM schedules
   WHERE kind = $1 AND cron = $2 AND timezone = $3 AND client_id IS NOT DISTINCT FROM $4
     AND id IS DISTINCT FROM $5`,
);

/** When only the client or the parameters change, what is due stays due. No row when the schedule is not there. */
export const saveSchedule = statement<{ id: string }, [...ScheduleColumns, id: string]>(
  'schedules.save',
  `UPDATE schedules
   SET kind = $1, cron = $2, timezone = $3, client_id = $4, parameters = $5::jsonb, enabled = $6,
       updated_at = CASE WHEN (kind, cron, timezone, enabled) = ($1, $2, $3, $6) THEN updated_at
                    ELSE clock_timestamp() END
   WHERE id = $7 RETURNING id`,
);

/** Its moments go with it, its runs stay. */
export const deleteScheduleRow = statement<{ id: string }, [id: string]>(
  'schedules.delete',
  'DELETE FROM schedules WHERE id = $1 RETURNING id',
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

/** Who paused first, and when, stays. */
export const setPaused = statement<never, [by: string]>(
  'schedules.pause',
  `INSERT INTO settings (key, value) VALUES ('scheduler.paused', jsonb_build_object('by', $1::text))
   ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = now() WHERE settings.value = 'false'`,
);

export const setRunning = statement<never>(
  'schedules.resume',
  `UPDATE settings SET value = 'false', updated_at = now() WHERE key = 'scheduler.paused' AND value <> 'false'`,
);

/** No row while the scheduler runs. */
export const findPause = statement<{ by: string | null; at: Date }>(
  'schedules.paused',
  `SELECT value ->> 'by' AS by, updated_at AS at FROM settings
   WHERE key = 'scheduler.paused' AND value <> 'false'`,
);

/** Schedules that start something: enabled, and of no client that was deactivated. */
export const findStartingSchedules = statement<{ cron: string; timezone: string }>(
  'schedules.starting',
  `SELECT DISTINCT s.cron, s.timezone FROM schedules s LEFT JOIN clients c ON c.id = s.client_id
   WHERE s.enabled AND (s.client_id IS NULL OR c.active)`,
);
