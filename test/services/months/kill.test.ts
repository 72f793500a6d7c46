import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskWork } from '../../../src/services/runs/task.ts';
import { triggerClose } from '../../../src/services/months/trigger.ts';
import { parseMonth } from '../../../src/services/months/content.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { store } from '../plans/scene.ts';
import { addAccount, addClient, rowsOf } from '../sync/support.ts';
import { BY_HAND, Killed, monthScene, monthsOf, performTask } from './scene.ts';
import type { MonthScene } from './scene.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const NOW = new Date('2026-11-20T10:00:00Z');
const MOMENTS = ['before', 'inside', 'after'] as const;

async function begin(scene: MonthScene, accounts: number) {
  const clientId = await addClient(database.db);
  for (let place = 0; place < accounts; place++) {
    const accountId = await addAccount(database.db, clientId, { externalId: `act_${String(place)}` });
    // Most of the month is there already: what is left is two windows.
    await store(database.db, { clientId, accountId, from: '2026-09-01', to: '2026-09-21', final: true });
  }
  const { runId } = await triggerClose(scene.ctx, { month: '2026-09', clientId }, BY_HAND);
  const [task] = await rowsOf(database.db, 'SELECT id FROM run_tasks WHERE run_id = $1', [runId]);
  return { clientId, taskId: String(task?.['id']) };
}

/** Kills the try at its checkpoint number `place`: before it, before its commit, or right after it. */
function killing(place: number, moment: (typeof MOMENTS)[number], hit: () => void) {
  let passed = 0;
  return (work: TaskWork): TaskWork => ({
    ...work,
    checkpoint: async (write) => {
      const isHere = passed++ === place;
      const kill = () => {
        hit();
        throw new Killed(`${moment} checkpoint ${String(place)}`);
      };
      if (isHere && moment === 'before') kill();
      await work.checkpoint(async (sql) => {
        const done = await write(sql);
        if (isHere && moment === 'inside') kill();
        return done;
      });
      if (isHere) kill();
    },
  });
}

test.each([1, 2])(
  'a close of %d accounts that is killed between any two checkpoints leaves one month, never half',
  async (accounts) => {
    const undisturbed = monthScene(database.db, NOW);
    const whole = await begin(undisturbed, accounts);
    await performTask(undisturbed.ctx, whole.taskId);
    const [expected] = await monthsOf(database.db, whole.clientId);
    expect(expected?.state).toBe('FINAL');
    let kills = 0;
    for (let place = 0, isHit = true; isHit; place++) {
      isHit = false;
      for (const moment of MOMENTS) {
        const scene = monthScene(database.db, NOW);
        const { clientId, taskId } = await begin(scene, accounts);
        const dying = performTask(
          scene.ctx,
          taskId,
          killing(place, moment, () => (isHit = true)),
        );
        await dying.catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        if (isHit) {
          kills += 1;
          const left = await monthsOf(database.db, clientId);
          expect(left.length).toBeLessThanOrEqual(1);
          for (const { content, campaigns, revisions, hash } of left) {
            expect({ rows: campaigns, revisions, hash }).toEqual({
              ...{ rows: parseMonth(content ?? '').campaigns.length, revisions: 1, hash: expected?.hash },
            });
          }
          await performTask(scene.ctx, taskId);
        }
        const [month, ...others] = await monthsOf(database.db, clientId);
        expect(others).toEqual([]);
        const rows = await rowsOf(database.db, 'SELECT month_id FROM month_campaigns WHERE client_id = $1', [
          clientId,
        ]);
        expect(rows.map((row) => row['month_id'])).toEqual(Array(2 * accounts).fill(month?.id));
        expect({ ...month, id: null }).toEqual({ ...expected, id: null });
        const [task] = await rowsOf(database.db, 'SELECT status, error_reason FROM run_tasks WHERE id = $1', [
          taskId,
        ]);
        expect(task).toEqual({
          status: 'SUCCEEDED',
          error_reason: `SAVED: FINAL RICH, ${String(2 * accounts)} campaigns`,
        });
      }
    }
    expect(kills).toBeGreaterThan(8);
  },
  120_000,
);
