import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { newClient } from '../../routes/browser.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';
import { ACCOUNTS, dyingAt, PASSED, Reading } from './reading.ts';
import { scriptedPlatform } from './scripted.ts';

let test: TestApp;
let reading: Reading;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  reading = new Reading(test);
});
afterAll(() => test.stop());
afterEach(async () => {
  await reading.stop();
  await test.system.db.pool.query("DELETE FROM settings WHERE starts_with(key, 'agencyToken')");
});

describe('the agency\u2019s token', () => {
  async function diedIn(clientId: string) {
    await reading.run(
      scriptedPlatform(() => undefined),
      { agencyToken: 'agency-1' },
    );
    await reading.addAccounts(clientId);
    const dying = dyingAt(2);
    await reading.run(dying, { agencyToken: 'agency-1' });
    await reading.readAll(clientId);
    expect(dying.after.length).toBeLessThanOrEqual(3);
  }

  it('is remembered as dead without being kept, over restarts', async () => {
    const clientId = await newClient(test);
    await diedIn(clientId);
    const { rows } = await reading.system.db.pool.query<{ value: string }>(
      "SELECT value::text FROM settings WHERE starts_with(key, 'agencyToken')",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.value).not.toContain('agency-1');
    const other = dyingAt(1);
    await reading.run(other, { agencyToken: 'agency-1' });
    const tasks = await reading.readAll(clientId);
    expect(tasks.map((task) => task.class)).toEqual(ACCOUNTS.map(() => 'REAUTHORIZE'));
    expect(tasks[0]?.reason).toContain("agency's token of Facebook is not valid any more");
    expect(other.calls).toEqual([]);
  });

  it('another one goes on', async () => {
    const clientId = await newClient(test);
    await diedIn(clientId);
    await reading.run(
      scriptedPlatform(() => undefined),
      { agencyToken: 'agency-2' },
    );
    expect(await reading.readAll(clientId)).toEqual(ACCOUNTS.map(() => PASSED));
  });

  it('is used again when the daily check finds it valid', async () => {
    const clientId = await newClient(test);
    await diedIn(clientId);
    await reading.run(
      scriptedPlatform(() => undefined),
      { agencyToken: 'agency-1' },
    );
    await reading.check(null);
    expect(await reading.readAll(clientId)).toEqual(ACCOUNTS.map(() => PASSED));
  });

  it('is used again when an account is connected with it', async () => {
    const clientId = await newClient(test);
    await diedIn(clientId);
    await reading.run(
      scriptedPlatform(() => undefined),
      { agencyToken: 'agency-1' },
    );
    await connectAccount(reading.system, { clientId, platform: 'META', externalId: ACCOUNTS[0] ?? '' });
    expect(await reading.readAll(clientId)).toEqual(ACCOUNTS.map(() => PASSED));
  });
});
