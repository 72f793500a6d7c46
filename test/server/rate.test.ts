import { afterEach, describe, expect, it } from 'vitest';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { openBrowser, signInWith } from '../support/browser.ts';
import { createPerson } from '../support/people.ts';
import { WAYS } from '../support/ways.ts';

let test: TestApp | undefined;
afterEach(() => test?.stop());

const query = '{ __typename }';

async function start(limits: { perMinute?: number; anonymousPerMinute?: number }) {
  test = await startTestApp({ jobs: false, limits });
  const url = test.graphqlUrl;
  const { secret } = await createApiKey(test.system, { name: 'another', role: 'ADMIN' });
  return {
    test,
    admin: { url, key: test.adminKey },
    other: { url, key: secret.reveal() },
    nobody: { url, key: null },
  };
}

describe('operations a minute', () => {
  it('of one key are counted together on all transports, and apart from those of another', async () => {
    const { admin, other, nobody } = await start({ perMinute: 8 });
    for (const ask of Object.values(WAYS)) {
      expect((await ask(admin, { query })).codes).toEqual([]);
      expect((await ask(admin, { query })).codes).toEqual([]);
    }
    for (const ask of Object.values(WAYS)) {
      const { codes, text } = await ask(admin, { query });
      expect(codes).toEqual(['RATE_LIMITED']);
      expect(text).toMatch(/"retryAfterSeconds":([1-9]|[1-5]\d|60)\b/);
    }
    expect((await WAYS.POST(other, { query })).codes).toEqual([]);
    expect((await WAYS.POST(nobody, { query })).codes).toEqual([]);
  });

  it('are refused over HTTP with 429 and the time to wait', async () => {
    const { admin } = await start({ perMinute: 1 });
    await WAYS.POST(admin, { query });
    for (const ask of [WAYS.POST, WAYS.GET, WAYS.SSE]) {
      const { status, headers } = await ask(admin, { query });
      expect(status).toBe(429);
      expect(Number(headers?.get('retry-after'))).toBeGreaterThan(0);
    }
  });

  it('without a key are those of the address', async () => {
    const { nobody, admin } = await start({ anonymousPerMinute: 2 });
    const codes = [];
    for (const ask of [WAYS.POST, WAYS.GET, WAYS.WebSocket]) codes.push((await ask(nobody, { query })).codes);
    expect(codes).toEqual([[], [], ['RATE_LIMITED']]);
    expect((await WAYS.POST(admin, { query })).codes).toEqual([]);
  });

  it('of a session are its own', async () => {
    const { test: app } = await start({ perMinute: 1 });
    const person = await createPerson(app.system);
    const [one, two] = [openBrowser(app.graphqlUrl), openBrowser(app.graphqlUrl)];
    for (const browser of [one, two]) await signInWith(browser, person.email, person.password);
    expect((await one.ask(query)).codes).toEqual([]);
    expect((await one.ask(query)).codes).toEqual(['RATE_LIMITED']);
    expect((await two.ask(query)).codes).toEqual([]);
  });
});
