import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import type { Platform, Shown } from './browser.ts';
import { agree, connect, credentialsOf, newClient, open, startConnecting, tokenOf } from './browser.ts';

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ jobs: false });
});
afterEach(() => test.sandbox.meta.faults.clear());
afterAll(() => test.stop());

const PLATFORMS: { platform: Platform; label: string; scopes: string[] }[] = [
  { platform: 'META', label: 'Facebook', scopes: ['ads_read', 'business_management', 'public_profile'] },
  { platform: 'GOOGLE', label: 'Google', scopes: ['https://www.googleapis.com/auth/adwords'] },
];

async function expectNothingStored(clientId: string, page: Shown, text: RegExp): Promise<void> {
  expect(page.text).toMatch(text);
  expect(page.status).toBe(400);
  expect(await credentialsOf(test, clientId)).toEqual([]);
}

describe.each(PLATFORMS)('connecting $label', ({ platform, label, scopes }) => {
  it('stores an encrypted credential of the client and shows a plain page', async () => {
    const clientId = await newClient(test, 'Müller & <b>Söhne</b>');
    const page = await connect(test, { clientId, platform });
    expect(page.status).toBe(200);
    expect(page.text).toContain(`${label} is connected for Müller &amp; &lt;b&gt;Söhne&lt;/b&gt;.`);
    const [credential, ...more] = await credentialsOf(test, clientId);
    expect(more).toEqual([]);
    expect(credential).toMatchObject({ platform, kind: 'OAUTH', status: 'VALID', scopes, warning: null });
    const token = await tokenOf(test, clientId);
    expect(credential?.lastFour).toBe(token.slice(-4));
    expect(Buffer.from(credential?.ciphertext ?? []).includes(token)).toBe(false);
    const days = ((credential?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    if (platform === 'META') expect(days).toBeCloseTo(60, 0);
    else expect(credential?.expiresAt).toBeNull();
  });

  it('keeps code, state and token out of page, headers, log and audit log', async () => {
    const clientId = await newClient(test);
    const page = await connect(test, { clientId, platform });
    const { rows: audit } = await test.app.ctx.db.staff.pool.query('SELECT * FROM audit_log');
    const answered = `${page.text}${JSON.stringify([...page.headers])}`;
    const kept = `${test.logged()}${JSON.stringify(audit)}`;
    const secrets = [page.callback.searchParams.get('code'), page.callback.searchParams.get('state')];
    for (const secret of [...secrets, await tokenOf(test, clientId)]) {
      expect(String(secret).length).toBeGreaterThan(20);
      expect(answered).not.toContain(secret);
      expect(kept).not.toContain(secret);
    }
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('location')).toBeNull();
  });

  it('keeps of the state only a hash, and the verifier only encrypted', async () => {
    const clientId = await newClient(test);
    const dialog = await startConnecting(test, clientId, platform);
    const state = dialog.searchParams.get('state') ?? '';
    expect(Buffer.from(state, 'base64url')).toHaveLength(32);
    const row = await test.system.db.prisma.oauthState.findFirstOrThrow({ where: { clientId } });
    expect(JSON.stringify(row)).not.toContain(state);
    expect(Buffer.from(row.stateHash).includes(Buffer.from(state))).toBe(false);
    expect(row.requestedBy).toBe('key:bootstrap');
    expect(row.expiresAt.getTime() - row.createdAt.getTime()).toBe(600_000);
    expect(row.verifier === null).toBe(platform === 'META');
    expect(dialog.searchParams.get('code_challenge_method')).toBe(platform === 'META' ? null : 'S256');
    expect(dialog.searchParams.get('redirect_uri')).toBe(
      `${test.app.http.url}/oauth/${platform.toLowerCase()}/callback`,
    );
  });

  it('refuses a state that comes a second time', async () => {
    const clientId = await newClient(test);
    const first = await connect(test, { clientId, platform });
    const [stored] = await credentialsOf(test, clientId);
    const again = await open(first.callback);
    expect([first.status, again.status]).toEqual([200, 400]);
    expect(again.text).toContain('This connecting is not open');
    expect(await credentialsOf(test, clientId)).toEqual([stored]);
  });

  it('lets one of many that come at once through', async () => {
    const clientId = await newClient(test);
    const callback = await agree(await startConnecting(test, clientId, platform));
    const pages = await Promise.all(Array.from({ length: 6 }, () => open(callback)));
    expect(pages.map((page) => page.status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
    expect(await credentialsOf(test, clientId)).toHaveLength(1);
  });

  it('stores one credential when two are connected at once', async () => {
    const clientId = await newClient(test);
    const two = [
      await startConnecting(test, clientId, platform),
      await startConnecting(test, clientId, platform),
    ];
    const callbacks = await Promise.all(two.map((dialog) => agree(dialog)));
    const pages = await Promise.all(callbacks.map((callback) => open(callback)));
    expect(pages.map((page) => page.status)).toEqual([200, 200]);
    expect(await credentialsOf(test, clientId)).toHaveLength(1);
  });

  it('is not used up by a look at its headers', async () => {
    const clientId = await newClient(test);
    const callback = await agree(await startConnecting(test, clientId, platform));
    expect((await fetch(callback, { method: 'HEAD' })).status).toBe(405);
    expect((await open(callback)).status).toBe(200);
  });

  it('refuses a state of more than ten minutes ago', async () => {
    const clientId = await newClient(test);
    const callback = await agree(await startConnecting(test, clientId, platform));
    await test.system.db.pool.query('UPDATE oauth_states SET expires_at = now() WHERE client_id = $1', [
      clientId,
    ]);
    await expectNothingStored(clientId, await open(callback), /This connecting is not open/);
  });

  it('refuses a state that it never gave, and none', async () => {
    const clientId = await newClient(test);
    const callback = await agree(await startConnecting(test, clientId, platform));
    callback.searchParams.set('state', Buffer.alloc(32, 7).toString('base64url'));
    await expectNothingStored(clientId, await open(callback), /This connecting is not open/);
    callback.searchParams.delete('state');
    await expectNothingStored(clientId, await open(callback), /This connecting is not open/);
  });

  it('refuses a state at the other platform, and it is used up by that', async () => {
    const clientId = await newClient(test);
    const callback = await agree(await startConnecting(test, clientId, platform));
    const other = platform === 'META' ? 'google' : 'meta';
    const wrong = new URL(callback);
    wrong.pathname = `/oauth/${other}/callback`;
    await expectNothingStored(clientId, await open(wrong), /This connecting is not open/);
    await expectNothingStored(clientId, await open(callback), /This connecting is not open/);
  });

  it('stores nothing for the client of another state', async () => {
    const [mine, theirs] = [await newClient(test), await newClient(test)];
    const callback = await agree(await startConnecting(test, mine, platform));
    const other = await startConnecting(test, theirs, platform);
    callback.searchParams.set('state', other.searchParams.get('state') ?? '');
    const page = await open(callback);
    expect(await credentialsOf(test, mine)).toEqual([]);
    // A challenge binds the code to its own state; without one the state alone says whose it is.
    expect(page.status).toBe(platform === 'GOOGLE' ? 400 : 200);
    expect(await credentialsOf(test, theirs)).toHaveLength(platform === 'GOOGLE' ? 0 : 1);
  });

  it('has nothing to connect when the client was deleted meanwhile', async () => {
    const clientId = await newClient(test);
    const callback = await agree(await startConnecting(test, clientId, platform));
    await test.system.db.prisma.client.delete({ where: { id: clientId } });
    await expectNothingStored(clientId, await open(callback), /This connecting is not open/);
  });

  it('says that somebody refused, and repeats nothing of the address', async () => {
    const clientId = await newClient(test);
    const dialog = await startConnecting(test, clientId, platform);
    const callback = await agree(dialog, { deny: '1' });
    callback.searchParams.set('error_description', 'call +1 555 0100 <script>');
    const page = await open(callback);
    await expectNothingStored(
      clientId,
      page,
      new RegExp(`${label} was not connected: the permission was not`),
    );
    expect(page.text).not.toContain('555');
    const other = await agree(await startConnecting(test, clientId, platform), { deny: '1' });
    other.searchParams.set('error', '<script>');
    await expectNothingStored(clientId, await open(other), /it answered with an error/);
  });

  it('refuses a code that the platform did not give', async () => {
    const clientId = await newClient(test);
    const callback = await agree(await startConnecting(test, clientId, platform));
    callback.searchParams.set('code', 'canary-code-0123456789abcdef');
    const page = await open(callback);
    await expectNothingStored(clientId, page, /refused/);
    expect(page.text + test.logged()).not.toContain('canary-code');
  });

  it('comes back to another address than it was sent from: refused in plain words', async () => {
    const clientId = await newClient(test);
    const dialog = await startConnecting(test, clientId, platform);
    const sentFrom = new URL(dialog);
    const other = `http://127.0.0.1:1/oauth/${platform.toLowerCase()}/callback`;
    sentFrom.searchParams.set('redirect_uri', other);
    const wrong = await agree(sentFrom);
    const callback = new URL(dialog.searchParams.get('redirect_uri') ?? '');
    callback.search = wrong.search;
    await expectNothingStored(clientId, await open(callback), /check PUBLIC_URL/);
  });

  it('renews in place: accounts keep pointing at the credential', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform });
    const [before] = await credentialsOf(test, clientId);
    const account = await test.system.db.prisma.adAccount.create({
      data: {
        clientId,
        platform,
        externalId: '1',
        name: 'One',
        currency: 'EUR',
        timezone: 'UTC',
        status: 'ACTIVE',
        credentialId: before?.id ?? null,
      },
    });
    const oldToken = await tokenOf(test, clientId);
    await test.system.db.pool.query(
      `UPDATE credentials SET status = 'REVOKED', warning = 'is not valid any more' WHERE client_id = $1`,
      [clientId],
    );
    await connect(test, { clientId, platform });
    const [after, ...more] = await credentialsOf(test, clientId);
    expect(more).toEqual([]);
    expect(after).toMatchObject({ id: before?.id, status: 'VALID', warning: null });
    expect(await tokenOf(test, clientId)).not.toBe(oldToken);
    const kept = await test.system.db.prisma.adAccount.findFirstOrThrow({ where: { id: account.id } });
    expect(kept.credentialId).toBe(before?.id);
  });

  it('is in the audit log in the name of who began it', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform });
    await connect(test, { clientId, platform, extra: { deny: '1' } });
    const { rows } = await test.app.ctx.db.staff.pool.query(
      `SELECT actor_kind, actor_name, outcome, origin FROM audit_log
       WHERE client_id = $1 AND action = 'finishOAuth' ORDER BY id`,
      [clientId],
    );
    const who = { actor_kind: 'SYSTEM', actor_name: 'oauth begun by key:bootstrap', origin: '127.0.0.1' };
    expect(rows).toEqual([
      { ...who, outcome: 'OK' },
      { ...who, outcome: 'BAD_USER_INPUT' },
    ]);
  });
});

describe('what the platform does not do', () => {
  it('tells to begin again when it is down, with nothing of the request', async () => {
    const clientId = await newClient(test);
    test.sandbox.meta.faults.add({
      match: { path: '/oauth/access_token' },
      reply: { kind: 'status', status: 503, body: '<html>' },
    });
    const page = await connect(test, { clientId, platform: 'META' });
    expect(page.status).toBe(502);
    expect(page.text).toMatch(/cannot be read \(HTTP 503\)\. Begin again in a moment/);
    expect(await credentialsOf(test, clientId)).toEqual([]);
  });

  it('refuses a Google account whose owner ticked nothing', async () => {
    const clientId = await newClient(test);
    const page = await connect(test, { clientId, platform: 'GOOGLE', extra: { untick: '1' } });
    await expectNothingStored(clientId, page, /the access to Google Ads was not ticked/i);
  });

  it('keeps when an authorisation of an unpublished app ends', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'GOOGLE', extra: { testing: '1' } });
    const [credential] = await credentialsOf(test, clientId);
    expect(((credential?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000).toBeCloseTo(7, 1);
  });
});

it('says which settings are missing', async () => {
  const bare = await startTestApp({ jobs: false, config: { google: {} } });
  try {
    await expect(startConnecting(bare, await newClient(bare), 'GOOGLE')).rejects.toThrow(
      'set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET',
    );
  } finally {
    await bare.stop();
  }
});

it('knows no other platforms', async () => {
  const page = await open(new URL(`${test.app.http.url}/oauth/nowhere/callback?state=x&code=y`));
  expect(page.status).toBe(404);
  await expect(startConnecting(test, randomUUID(), 'META')).rejects.toThrow('No such client');
});
