import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import type { Context } from '../../../src/context.ts';
import { createPubSub } from '../../../src/pubsub.ts';
import { accountAccess } from '../../../src/services/accounts/access.ts';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { createGate, momentText, pauseText } from '../../../src/services/accounts/pause.ts';
import { newClient } from '../../routes/browser.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';
import type { Scripted } from './scripted.ts';
import { scriptedPlatform } from './scripted.ts';

const EXTERNAL = 'act_3400000001';
const RANGE = { from: '2026-11-01', to: '2026-11-01' };

let test: TestApp;
let system: Context;
let scripted: Scripted;
/** Two clients that hold the same account, and one with another. */
let mine: Holder;
let theirs: Holder;
let other: Holder;

interface Holder {
  clientId: string;
  accountId: string;
}

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
});
afterAll(() => test.stop());
beforeEach(async () => {
  scripted = scriptedPlatform(() => undefined);
  system = processOf(scripted);
  mine = await hold(EXTERNAL);
  theirs = await hold(EXTERNAL);
  other = await hold('act_3400000002');
  scripted.calls.length = 0;
});
afterEach(() => test.system.db.pool.query('DELETE FROM clients'));

function processOf({ platform }: Scripted): Context {
  return { ...test.system, platforms: new Map([['META', platform]]), pubsub: createPubSub() };
}

async function hold(externalId: string): Promise<Holder> {
  const clientId = await newClient(test);
  const wanted = { clientId, platform: 'META', externalId, token: 'a token' };
  return { clientId, accountId: (await connectAccount(system, wanted)).id };
}

function inMinutes(minutes: number): Date {
  return new Date(Date.now() + minutes * 60_000);
}

function stored({ accountId: id }: Holder) {
  const select = { pausedUntil: true, pauseReason: true };
  return test.system.db.prisma.adAccount.findUniqueOrThrow({ where: { id }, select });
}

async function gateOf(holder: Holder, ctx = system) {
  const { access } = await accountAccess(ctx, holder);
  if (!access.gate) throw new Error('the access has no gate');
  return access.gate;
}

describe('a pause', () => {
  it('is kept on every client\u2019s row of the account, and on no other', async () => {
    const until = inMinutes(30);
    const gate = await gateOf(mine);
    expect(gate.closedUntil()).toBeNull();
    await gate.close(until, 'Too many calls.');
    expect(gate.closedUntil()).toEqual(until);
    const kept = { pausedUntil: until, pauseReason: 'Too many calls.' };
    expect([await stored(mine), await stored(theirs)]).toEqual([kept, kept]);
    expect(await stored(other)).toEqual({ pausedUntil: null, pauseReason: null });
  });

  it('is the later one of two, whichever comes first', async () => {
    const [short, long] = [inMinutes(5), inMinutes(50)];
    const [one, two] = [await gateOf(mine), await gateOf(theirs)];
    await one.close(long, 'Long.');
    await two.close(short, 'Short.');
    expect([one.closedUntil(), two.closedUntil()]).toEqual([long, long]);
    expect(await stored(mine)).toEqual({ pausedUntil: long, pauseReason: 'Long.' });
    const longest = inMinutes(90);
    await two.close(longest, 'Longest.');
    expect(one.closedUntil()).toEqual(longest);
    expect(await stored(mine)).toEqual({ pausedUntil: longest, pauseReason: 'Longest.' });
  });

  it('is heard at once by tasks that are under way, of the other client too', async () => {
    const gate = await gateOf(theirs);
    const until = inMinutes(30);
    await (await gateOf(mine)).close(until, 'Too many calls.');
    expect(gate.closedUntil()).toEqual(until);
  });

  it('lets no access be made while it lasts, in any process, and ends by itself', async () => {
    const until = inMinutes(30);
    await (await gateOf(mine)).close(until, 'Too many calls.');
    const restarted = processOf(scripted);
    for (const ctx of [system, restarted]) {
      for (const holder of [mine, theirs]) {
        await expect(accountAccess(ctx, holder)).rejects.toMatchObject({
          failure: 'WAIT',
          retryAt: until,
          message: `Meta takes no calls for this account until ${momentText(until, new Date())} (Too many calls).`,
        });
      }
      const later = { ...ctx, now: () => new Date(until.getTime() + 1) };
      await expect(accountAccess(later, mine)).resolves.toBeDefined();
    }
    await expect(accountAccess(system, other)).resolves.toBeDefined();
    expect(scripted.calls).toEqual([]);
  });

  it('can be taken back in the database', async () => {
    await (await gateOf(mine)).close(inMinutes(30), 'Too many calls.');
    await test.system.db.pool.query('UPDATE ad_accounts SET paused_until = NULL');
    expect((await gateOf(mine)).closedUntil()).toBeNull();
  });

  it('is remembered by the process when it cannot be stored', async () => {
    const until = inMinutes(30);
    const { prisma, staff } = system.db;
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 });
    const away: Context = { ...system, db: { pool, prisma, staff: { ...staff, pool, staff } } };
    const account = await test.system.db.prisma.adAccount.findUniqueOrThrow({
      where: { id: mine.accountId },
    });
    await createGate(away, account).close(until, 'Too many calls.');
    expect(await stored(mine)).toEqual({ pausedUntil: null, pauseReason: null });
    await expect(accountAccess(system, mine)).rejects.toMatchObject({ failure: 'WAIT', retryAt: until });
  });

  it('keeps the account from being connected again inside it', async () => {
    await (await gateOf(mine)).close(inMinutes(30), 'Too many calls.');
    const clientId = await newClient(test);
    const wanted = { clientId, platform: 'META', externalId: EXTERNAL, token: 'a token' };
    await expect(connectAccount(system, wanted)).rejects.toMatchObject({ failure: 'WAIT' });
    expect(scripted.calls).toEqual([]);
  });
});

describe('a connector that tells the gate nothing', () => {
  it('is heard all the same', async () => {
    const until = inMinutes(40);
    const limit = { failure: 'WAIT', retryAt: until, status: 400, vendorCode: '80000' } as const;
    const deaf = scriptedPlatform(
      ({ what }) => {
        if (what === 'insights') throw new ConnectorError('Too many calls.', limit);
      },
      { deaf: true },
    );
    system = processOf(deaf);
    const { platform, access } = await accountAccess(system, mine);
    const reading = async () => {
      for await (const page of platform.readInsights(access, RANGE)) void page;
    };
    await expect(reading()).rejects.toMatchObject({
      ...limit,
      message: `Meta takes no calls for this account until ${momentText(until, new Date())} (Too many calls).`,
    });
    expect(await stored(theirs)).toEqual({ pausedUntil: until, pauseReason: 'Too many calls.' });
    const called = deaf.calls.length;
    await expect(reading()).rejects.toMatchObject({ failure: 'WAIT', retryAt: until });
    await expect(platform.describeAccount(access)).rejects.toMatchObject({ failure: 'WAIT' });
    expect(deaf.calls).toHaveLength(called);
  });
});

describe('what is said of a pause', () => {
  const now = new Date('2026-11-20T10:00:00Z');

  it.each([
    ['2026-11-20T14:05:00Z', '14:05 UTC'],
    ['2026-11-20T14:04:01Z', '14:05 UTC'],
    ['2026-11-20T23:59:30Z', '2026-11-21 00:00 UTC'],
    ['2026-11-21T09:00:00Z', '2026-11-21 09:00 UTC'],
  ])('%s is %s', (moment, text) => {
    expect(momentText(new Date(moment), now)).toBe(text);
  });

  it('names platform, time and reason', () => {
    const until = new Date('2026-11-20T14:05:00Z');
    expect(pauseText({ label: 'Meta', until, reason: 'It is busy.' }, now)).toBe(
      'Meta takes no calls for this account until 14:05 UTC (It is busy).',
    );
    expect(pauseText({ label: 'Meta', until, reason: null }, now)).toBe(
      'Meta takes no calls for this account until 14:05 UTC.',
    );
  });
});
