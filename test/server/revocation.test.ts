import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { revokeApiKey } from '../../src/services/apiKeys/revoke.ts';
import { createClient } from '../../src/services/clients/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import type { Browser } from '../support/browser.ts';
import { openBrowser, signInWith } from '../support/browser.ts';
import { createPerson } from '../support/people.ts';
import { waitFor } from '../support/waitFor.ts';
import type { Begin, Subscribed } from './streams.ts';
import { STREAMS } from './streams.ts';

const query = 'subscription { syncCompleted { id } }';

let test: TestApp;
let clientId: string;
const begun: Subscribed[] = [];

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  clientId = (await createClient(test.system, { name: 'Watched', timezone: 'UTC', currency: 'EUR' })).id;
});
afterAll(() => test.stop());
afterEach(async () => {
  for (const subscription of begun.splice(0)) subscription.stop();
  await waitFor(() => test.app.http.subscriptions() === 0, { what: 'the subscriptions to end' });
});

async function begin(how: Begin, proof: { key: string | null; headers?: Record<string, string> }) {
  const before = test.app.http.subscriptions();
  const subscription = await how({ url: test.graphqlUrl, query, ...proof });
  begun.push(subscription);
  await waitFor(() => test.app.http.subscriptions() > before, { what: 'the subscription to begin' });
  return subscription;
}

async function newKey(): Promise<{ id: string; key: string }> {
  const { apiKey, secret } = await createApiKey(test.system, {
    name: 'k',
    role: 'VIEWER',
    clientIds: [clientId],
  });
  return { id: apiKey.id, key: secret.reveal() };
}

/** Behind the server's back, as another process would. */
const elsewhere = (text: string, values: unknown[]) => test.system.db.pool.query(text, values);

async function signedIn(): Promise<{
  personId: string;
  browser: Browser;
  proof: { key: null; headers: Record<string, string> };
}> {
  const { id, email, password } = await createPerson(test.system, { role: 'VIEWER', clientIds: [clientId] });
  const browser = openBrowser(test.graphqlUrl);
  await signInWith(browser, email, password);
  return {
    personId: id,
    browser,
    proof: { key: null, headers: { cookie: browser.cookie(), 'x-tributary-csrf': '1' } },
  };
}

async function took(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

describe.each(Object.entries(STREAMS))('over %s', (_name, how) => {
  it('a revoked key hears UNAUTHENTICATED at once, others go on', async () => {
    const [revoked, kept] = [await newKey(), await newKey()];
    const [ends, stays] = [await begin(how, revoked), await begin(how, kept)];
    await revokeApiKey(test.system, revoked.id);
    await ends.ended();
    expect(ends.codes()).toEqual(['UNAUTHENTICATED']);
    expect(stays.heard).toEqual([]);
    expect(test.app.http.subscriptions()).toBe(1);
  });

  it.each([
    ['was revoked by another process', 'UPDATE api_keys SET revoked_at = now() WHERE id = $1'],
    ['expires', 'UPDATE api_keys SET expires_at = now() WHERE id = $1'],
  ])('a key that %s hears it within a second', async (_what, statement) => {
    const [ended, kept] = [await newKey(), await newKey()];
    const [ends] = [
      await begin(how, ended),
      await begin(how, kept),
      await begin(how, { key: test.adminKey }),
    ];
    await elsewhere(statement, [ended.id]);
    // One second, and what a busy machine needs to say it.
    expect(await took(ends.ended())).toBeLessThan(1_500);
    expect(ends.codes()).toEqual(['UNAUTHENTICATED']);
    expect(test.app.http.subscriptions()).toBe(2);
  });
});

describe('a session', () => {
  const how = STREAMS['SSE by POST'] as Begin;

  it("that is signed out hears it, the same person's other session goes on", async () => {
    const { browser, proof } = await signedIn();
    const ends = await begin(how, proof);
    const other = await begin(how, (await signedIn()).proof);
    await browser.ask('mutation { signOut }');
    await ends.ended();
    expect(ends.codes()).toEqual(['UNAUTHENTICATED']);
    expect(other.heard).toEqual([]);
  });

  it('whose user another process disables hears it within a second', async () => {
    const { personId, proof } = await signedIn();
    const ends = await begin(how, proof);
    await elsewhere('UPDATE users SET disabled_at = now() WHERE id = $1', [personId]);
    expect(await took(ends.ended())).toBeLessThan(1_500);
    expect(ends.codes()).toEqual(['UNAUTHENTICATED']);
  });

  it('whose user may see less hears it at once', async () => {
    const { personId, proof } = await signedIn();
    const ends = await begin(how, proof);
    test.app.ctx.pubsub.publish('accessRevoked', { kind: 'USER', id: personId });
    await ends.ended();
    expect(ends.codes()).toEqual(['UNAUTHENTICATED']);
  });
});

describe('the check', () => {
  it('is one statement, however many subscribe', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => newKey()));
    for (const key of keys) await begin(STREAMS['WebSocket'] as Begin, key);
    test.takeQueries();
    const seen: string[] = [];
    await waitFor(
      () => {
        seen.push(...test.takeQueries());
        return seen.some((text) => text.includes('sessions.valid'));
      },
      { what: 'the check' },
    );
    expect(seen.filter((text) => text.includes('sessions.valid'))).toHaveLength(1);
  });

  it('ends hundreds that are revoked at once', async () => {
    const { id, key } = await newKey();
    for (let socket = 0; socket < 3; socket++) await begin(STREAMS['WebSocket'] as Begin, { key });
    for (let other = 0; other < 300; other++) {
      test.app.ctx.pubsub.publish('accessRevoked', { kind: 'SESSION', id: `other-${other}` });
    }
    await revokeApiKey(test.system, id);
    for (const subscription of begun) await subscription.ended();
    expect(begun.map((subscription) => subscription.codes())).toEqual(
      [1, 2, 3].map(() => ['UNAUTHENTICATED']),
    );
  });
});
