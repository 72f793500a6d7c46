import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';
import { addHolder, rowsOf } from '../sync/support.ts';
import { close, monthScene, monthsOf, settle } from './scene.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const NOW = new Date('2026-11-20T10:00:00Z');

test('fifteen clients: eight rich, five missing, one poor, one with a dead token', async () => {
  const scene = monthScene(database.db, NOW);
  const clients: string[] = [];
  for (let place = 0; place < 15; place++) {
    const { clientId } = await addHolder(database.db, {
      externalId: `act_${String(place).padStart(2, '0')}`,
    });
    await database.db.pool.query('UPDATE clients SET slug = $2 WHERE id = $1', [
      clientId,
      `client-${String(place).padStart(2, '0')}`,
    ]);
    clients.push(clientId);
  }
  for (const clientId of clients.slice(0, 8)) await close(scene, { month: '2026-09', clientId });
  // The poor one was captured while a day of it was not there.
  const poor = clients[13] ?? '';
  await close(scene, { month: '2026-09', clientId: poor });
  await database.db.pool.query(`DELETE FROM slices WHERE client_id = $1 AND date = '2026-09-10'`, [poor]);
  await database.db.pool.query(
    `UPDATE months SET state = 'PROVISIONAL', quality = 'POOR', reason = 'coverage' WHERE client_id = $1`,
    [poor],
  );
  scene.dead.add('act_14');
  scene.asked.length = 0;

  const run = await close(scene, { month: '2026-09' });
  expect(run.status).toBe('PARTIAL');
  expect(run.outcomes.slice(0, 8).every((text) => text.startsWith('SKIPPED SKIPPED: FINAL since'))).toBe(
    true,
  );
  expect(run.outcomes.slice(8)).toEqual([
    ...Array<string>(5).fill('SUCCEEDED SAVED: FINAL RICH, 2 campaigns'),
    'SUCCEEDED UPDATED: FINAL RICH, 2 campaigns',
    'FAILED REAUTHORIZE act_14: figures could not be read: The token expired.',
  ]);
  expect([...new Set(scene.asked)].sort()).toEqual([
    'act_08',
    'act_09',
    'act_10',
    'act_11',
    'act_12',
    'act_13',
  ]);
  const [ended] = await rowsOf(database.db, 'SELECT error_class, error_reason FROM runs WHERE id = $1', [
    run.runId,
  ]);
  expect(ended).toEqual({
    error_class: 'REAUTHORIZE',
    error_reason: '1 of 15 tasks failed: act_14: figures could not be read: The token expired.',
  });

  scene.dead.clear();
  scene.setNow(new Date('2026-11-21T05:10:00Z'));
  scene.asked.length = 0;
  await settle(scene, clients[14]);
  const last = await monthsOf(database.db, clients[14] ?? '');
  expect(last[0]).toMatchObject({ state: 'FINAL', quality: 'RICH', campaigns: 2 });
  expect(new Set(scene.asked)).toEqual(new Set(['act_14']));
}, 60_000);
