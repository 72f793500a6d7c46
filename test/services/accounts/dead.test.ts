import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { accountAccess } from '../../../src/services/accounts/access.ts';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { connect, credentialsOf, newClient } from '../../routes/browser.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';
import { ACCOUNTS, DEAD, dyingAt, PASSED, Reading } from './reading.ts';
import { scriptedPlatform } from './scripted.ts';

let test: TestApp;
let reading: Reading;

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  reading = new Reading(test);
});
afterAll(() => test.stop());
afterEach(() => reading.stop());

describe('ten accounts on one token that dies in the middle', () => {
  it.each([
    { concurrency: 1, most: 0 },
    { concurrency: 4, most: 3 },
  ])('with $concurrency at once: no call but those on their way', async ({ concurrency, most }) => {
    const dying = dyingAt(7);
    await reading.run(dying, { concurrency });
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    await reading.addAccounts(clientId);
    const before = test.logged().length;
    const tasks = await reading.readAll(clientId);
    const failed = tasks.filter(({ status }) => status === 'FAILED');
    expect(failed.length).toBeGreaterThanOrEqual(9 - concurrency);
    expect(failed.every((task) => task.class === 'REAUTHORIZE')).toBe(true);
    expect(dying.after.length).toBeLessThanOrEqual(most);
    const [credential] = await credentialsOf(test, clientId);
    expect(credential).toMatchObject({
      status: 'REVOKED',
      warning: 'is not valid any more: connect Facebook again (The password was changed)',
    });
    expect(failed.map(({ reason }) => reason)).toContain(
      `The token of Facebook …${credential?.lastFour} is not valid any more: connect Facebook again (The password was changed).`,
    );
    expect(test.logged().slice(before).split('a token is not valid any more').length - 1).toBe(1);

    // Another process makes no call either.
    const other = dyingAt(1);
    await reading.run(other);
    expect((await reading.readAll(clientId)).map((task) => task.class)).toEqual(
      ACCOUNTS.map(() => 'REAUTHORIZE'),
    );
    expect(other.calls).toEqual([]);

    // A new token, and everything goes on.
    const healthy = scriptedPlatform(() => undefined);
    await reading.run(healthy);
    await connect(test, { clientId, platform: 'META' });
    expect(await reading.readAll(clientId)).toEqual(ACCOUNTS.map(() => PASSED));
  });

  it('stops the tasks under way before their next call', async () => {
    const dying = dyingAt(1);
    await reading.run(dying);
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    await reading.addAccounts(clientId);
    const accounts = await reading.system.db.prisma.adAccount.findMany({ where: { clientId }, take: 2 });
    const [one, two] = await Promise.all(
      accounts.map(({ id }) => accountAccess(reading.system, { accountId: id, clientId })),
    );
    if (!one || !two) throw new Error('there are no two accounts');
    expect(two.access.gate?.closedUntil()).toBeNull();
    const structure = async ({ platform, access }: typeof one) => {
      for await (const page of platform.readStructure(access)) void page;
    };
    await expect(structure(one)).rejects.toBe(DEAD);
    await expect(structure(two)).rejects.toMatchObject({ failure: 'REAUTHORIZE', concerns: 'CREDENTIAL' });
    expect(() => two.access.gate?.closedUntil()).toThrow('is not valid any more');
    expect(dying.after).toEqual([]);
  });

  it('goes on in the same process after another token came', async () => {
    const dying = dyingAt(1);
    await reading.run(dying);
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    await reading.addAccounts(clientId);
    await reading.readAll(clientId);
    const [dead] = await credentialsOf(test, clientId);
    expect(dead?.status).toBe('REVOKED');
    reading.system.platforms = new Map([['META', scriptedPlatform(() => undefined).platform]]);
    await connect(test, { clientId, platform: 'META' });
    expect((await credentialsOf(test, clientId))[0]).toMatchObject({
      id: dead?.id,
      status: 'VALID',
      warning: null,
    });
    const [account] = await reading.system.db.prisma.adAccount.findMany({ where: { clientId } });
    await expect(
      accountAccess(reading.system, { accountId: account?.id ?? '', clientId }),
    ).resolves.toBeDefined();
  });

  it('is used again when a check finds it valid', async () => {
    await reading.run(dyingAt(1));
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    await reading.addAccounts(clientId);
    await reading.readAll(clientId);
    await reading.run(scriptedPlatform(() => undefined));
    await reading.check(clientId);
    expect(await reading.readAll(clientId)).toEqual(ACCOUNTS.map(() => PASSED));
  });

  it('does not take the renewed token for the dead one', async () => {
    const clientId = await newClient(test);
    const renewing = scriptedPlatform(async ({ what }) => {
      if (what !== 'insights') return;
      await connect(test, { clientId, platform: 'META' });
      throw DEAD;
    });
    await reading.run(renewing, { concurrency: 1 });
    await connect(test, { clientId, platform: 'META' });
    await connectAccount(reading.system, { clientId, platform: 'META', externalId: ACCOUNTS[0] ?? '' });
    expect(await reading.readAll(clientId)).toMatchObject([{ class: 'REAUTHORIZE' }]);
    expect((await credentialsOf(test, clientId))[0]).toMatchObject({ status: 'VALID', warning: null });
  });
});

it('permission lost on one account of ten stops only that one', async () => {
  const [, lost] = ACCOUNTS;
  const scripted = scriptedPlatform(({ what, externalId }) => {
    if (what !== 'insights' || externalId !== lost) return;
    throw new ConnectorError('No permission.', { failure: 'REAUTHORIZE', concerns: 'ACCOUNT' });
  });
  await reading.run(scripted);
  const clientId = await newClient(test);
  await connect(test, { clientId, platform: 'META' });
  await reading.addAccounts(clientId);
  const tasks = await reading.readAll(clientId);
  expect(tasks.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(9);
  expect(tasks[1]).toEqual({ status: 'FAILED', class: 'REAUTHORIZE', reason: 'No permission.' });
  expect((await credentialsOf(test, clientId))[0]).toMatchObject({ status: 'VALID', warning: null });
});
