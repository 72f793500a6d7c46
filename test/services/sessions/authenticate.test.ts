import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { identify } from '../../../src/server/identify.ts';
import { createApiKey } from '../../../src/services/apiKeys/create.ts';
import { revokeApiKey } from '../../../src/services/apiKeys/revoke.ts';
import { createSignInThrottle } from '../../../src/services/sessions/throttle.ts';
import { authenticateSession } from '../../../src/services/sessions/authenticate.ts';
import { signIn } from '../../../src/services/sessions/signIn.ts';
import { signOut } from '../../../src/services/sessions/signOut.ts';
import { readValidity } from '../../../src/services/sessions/validity.ts';
import { hashPassword } from '../../../src/services/users/password.ts';
import { updateUser } from '../../../src/services/users/update.ts';
import { actingAs } from '../../../src/context.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';
import type { Person } from '../../support/people.ts';
import { createPerson } from '../../support/people.ts';

let test: TestApp;
let ctx: Context;
let person: Person;
const HOUR = 3_600_000;
const began = new Date('2026-11-20T08:00:00Z');

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  ctx = test.system;
  person = await createPerson(ctx);
});
afterAll(() => test.stop());

const after = (ms: number): Context => ({ ...ctx, now: () => new Date(began.getTime() + ms) });

function enter(at: Context = after(0), who = person) {
  const { email, password } = who;
  return signIn(at, createSignInThrottle(), { email, password: new Secret(password) });
}

describe('a session', () => {
  it('ends twelve hours after its last use', async () => {
    const { token, expiresAt } = await enter();
    expect(expiresAt).toEqual(new Date(began.getTime() + 12 * HOUR));
    const kind = async (ms: number) => (await authenticateSession(after(ms), token)).actor.kind;
    expect(await kind(12 * HOUR - 1)).toBe('USER');
    expect(await kind(24 * HOUR - 2)).toBe('USER');
    expect(await kind(36 * HOUR - 2)).toBe('ANONYMOUS');
    expect(await kind(36 * HOUR - 3)).toBe('USER');
  });

  it('ends seven days after it began, however much it is used', async () => {
    const { token } = await enter();
    const ends: (Date | null)[] = [];
    for (let hours = 11; hours < 7 * 24; hours += 11) {
      const { actor, renewedUntil } = await authenticateSession(after(hours * HOUR), token);
      expect(actor.kind).toBe('USER');
      ends.push(renewedUntil);
    }
    expect(ends.at(-1)).toEqual(new Date(began.getTime() + 7 * 24 * HOUR));
    expect((await authenticateSession(after(7 * 24 * HOUR), token)).actor).toEqual({ kind: 'ANONYMOUS' });
  });

  it("of a disabled user is nobody's, also one that was not ended", async () => {
    const other = await createPerson(ctx);
    const { token } = await enter(after(0), other);
    expect((await authenticateSession(after(1), token)).actor.kind).toBe('USER');
    await ctx.db.prisma.user.update({ where: { id: other.id }, data: { disabledAt: began } });
    expect((await authenticateSession(after(1), token)).actor.kind).toBe('ANONYMOUS');
  });

  it('is written at most once a minute', async () => {
    const { token } = await enter();
    expect((await authenticateSession(after(59_999), token)).renewedUntil).toBeNull();
    expect((await authenticateSession(after(60_000), token)).renewedUntil).not.toBeNull();
    expect((await authenticateSession(after(60_001), token)).renewedUntil).toBeNull();
  });

  it('tells the browser when its end moves', async () => {
    const { token } = await enter();
    const set: string[] = [];
    const proof = {
      authorization: null,
      cookie: `other=1; tributary_session=${token.reveal()}`,
      fromOwnPage: true,
      reply: { setCookie: (cookie: string) => void set.push(cookie) },
    };
    const actor = await identify(after(HOUR), { adminKey: null }, proof);
    expect(actor).toMatchObject({ kind: 'USER', id: person.id });
    expect(set).toEqual([
      `tributary_session=${token.reveal()}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict`,
    ]);
    const secure = { ...after(2 * HOUR), publicUrl: () => 'https://ads.example.com' };
    await identify(secure, { adminKey: null }, proof);
    expect(set[1]).toMatch(/; Secure(;|$)/);
    await expect(
      (async () => identify(after(0), { adminKey: null }, { ...proof, fromOwnPage: false }))(),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('that has ended is swept out at the next sign-in', async () => {
    const other = await createPerson(ctx);
    await enter(after(0), other);
    await enter(after(13 * HOUR), other);
    expect(await ctx.db.prisma.session.count({ where: { userId: other.id } })).toBe(1);
  });
});

it('costs who guesses an e-mail as much as who knows one', async () => {
  // Time of processors, not of the wall: other work on the machine does not count.
  const cost = async (work: Promise<unknown>) => {
    const before = process.cpuUsage();
    await work.catch(() => undefined);
    return process.cpuUsage(before).user;
  };
  const hash = await cost(hashPassword(new Secret('twelve chars')));
  for (const email of ['nobody@example.com', 'not an address']) {
    const guess = await cost(enter(ctx, { ...person, email }));
    expect(guess / hash).toBeGreaterThan(0.4);
  }
});

describe('what is void', () => {
  it('is told at once: a key, a session, a user', async () => {
    const told = ctx.pubsub.subscribe('accessRevoked');
    const { apiKey } = await createApiKey(ctx, { name: 'k', role: 'ADMIN' });
    const other = await createPerson(ctx);
    const { actor } = await enter(after(0), other);
    await revokeApiKey(ctx, apiKey.id);
    await signOut(actingAs(ctx, actor));
    await updateUser(ctx, other.id, { disabled: true });
    expect((await told.next()).value).toEqual({ kind: 'API_KEY', id: apiKey.id });
    expect((await told.next()).value).toEqual({ kind: 'SESSION', id: actor.sessionId });
    expect((await told.next()).value).toEqual({ kind: 'USER', id: other.id });
    await told.return?.();
  });

  it('is no longer among the valid ones', async () => {
    const key = (expiresAt: Date | null = null) => createApiKey(ctx, { name: 'k', role: 'ADMIN', expiresAt });
    const soon = new Date(ctx.now().getTime() + HOUR);
    const [good, revoked, short] = [await key(), await key(), await key(soon)];
    const [stays, leaves, disabled] = [
      await createPerson(ctx),
      await createPerson(ctx),
      await createPerson(ctx),
    ];
    const sessions = [await enter(ctx, stays), await enter(ctx, leaves), await enter(ctx, disabled)];
    const sessionIds = sessions.map(({ actor }) => actor.sessionId);
    const keyIds = ['bootstrap', good.apiKey.id, revoked.apiKey.id, short.apiKey.id];
    const valid = async (at: Context) => {
      const found = await readValidity(at, { keyIds, sessionIds });
      return { keyIds: [...found.keyIds].sort(), sessionIds: [...found.sessionIds].sort() };
    };
    expect(await valid(ctx)).toEqual({ keyIds: [...keyIds].sort(), sessionIds: [...sessionIds].sort() });
    await revokeApiKey(ctx, revoked.apiKey.id);
    await signOut(actingAs(ctx, sessions[1]!.actor));
    await ctx.db.prisma.user.update({ where: { id: disabled.id }, data: { disabledAt: ctx.now() } });
    expect(await valid({ ...ctx, now: () => soon })).toEqual({
      keyIds: ['bootstrap', good.apiKey.id].sort(),
      sessionIds: [sessionIds[0]],
    });
    const late = { ...ctx, now: () => new Date(ctx.now().getTime() + 13 * HOUR) };
    expect((await valid(late)).sessionIds).toEqual([]);
  });

  it('is read in one statement, and for nobody in none', async () => {
    test.takeQueries();
    const sessionIds = [(await enter()).actor.sessionId];
    test.takeQueries();
    await readValidity(ctx, { keyIds: [person.id, 'bootstrap'], sessionIds });
    expect(test.takeQueries().filter((query) => query.includes('sessions.valid'))).toHaveLength(1);
    expect(await readValidity(ctx, { keyIds: ['bootstrap'], sessionIds: [] })).toEqual({
      keyIds: new Set(['bootstrap']),
      sessionIds: new Set(),
    });
    expect(test.takeQueries()).toEqual([]);
  });
});
