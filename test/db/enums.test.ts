import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CREDENTIAL_KINDS,
  CREDENTIAL_STATUSES,
  MAIL_STATUSES,
  MONTH_QUALITIES,
  MONTH_STATES,
  ROLES,
  RUN_LOG_LEVELS,
  RUN_STATUSES,
  RUN_TRIGGERS,
  SLICE_STATUSES,
  TASK_STATUSES,
} from '../../src/db/enums.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it.each([
  ['api_keys_role', ROLES],
  ['credentials_kind', CREDENTIAL_KINDS],
  ['credentials_status', CREDENTIAL_STATUSES],
  ['mails_status', MAIL_STATUSES],
  ['months_quality', MONTH_QUALITIES],
  ['months_state', MONTH_STATES],
  ['users_role', ROLES],
  ['runs_status', RUN_STATUSES],
  ['runs_trigger', RUN_TRIGGERS],
  ['run_tasks_status', TASK_STATUSES],
  ['run_logs_level', RUN_LOG_LEVELS],
  ['slices_status', SLICE_STATUSES],
])('the check %s allows the words of the code', async (check, words) => {
  const { rows } = await database.db.pool.query<{ definition: string }>(
    'SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = $1',
    [check],
  );
  const allowed = [...(rows[0]?.definition ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1]);
  expect(allowed.sort()).toEqual([...words].sort());
});
