import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { authenticate } from '../../../src/services/apiKeys/authenticate.ts';
import { createApiKey } from '../../../src/services/apiKeys/create.ts';
import { firstAdminKey } from '../../../src/services/apiKeys/first.ts';
import { revokeApiKey } from '../../../src/services/apiKeys/revoke.ts';
import { createClient } from '../../../src/services/clients/create.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';

let test: TestApp;
let ctx: Context;
const alone = { adminKey: null };

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  ctx = test.system;
});
afterAll(() => test.stop());

describe('an API key', () => {
  it('is who it was made for, with its clients', async () => {
    const client = await createClient(ctx, { name: 'Brand', timezone: 'UTC', currency: 'EUR' });
    const { secret, apiKey } = await createApiKey(ctx, {
      name: 'desk',
      role: 'VIEWER',
      clientIds: [client.id],
    });
    expect(await authenticate(ctx, alone, secret)).toEqual({
      kind: 'API_KEY',
      id: apiKey.id,
      name: 'desk',
      role: 'VIEWER',
      clientIds: [client.id],
    });
    const used = await ctx.db.prisma.apiKey.findFirstOrThrow({ where: { id: apiKey.id } });
    expect(used.lastUsedAt).not.toBeNull();
  });

  it('is refused once revoked, and revoking twice changes nothing', async () => {
    const { secret, apiKey } = await createApiKey(ctx, { name: 'gone', role: 'ADMIN' });
    await revokeApiKey(ctx, apiKey.id);
    await expect(authenticate(ctx, alone, secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const first = await ctx.db.prisma.apiKey.findFirstOrThrow({ where: { id: apiKey.id } });
    await revokeApiKey(ctx, apiKey.id);
    expect(await ctx.db.prisma.apiKey.findFirstOrThrow({ where: { id: apiKey.id } })).toEqual(first);
  });

  it('is refused once expired', async () => {
    const expiresAt = new Date(ctx.now().getTime() + 60_000);
    const { secret } = await createApiKey(ctx, { name: 'short', role: 'ADMIN', expiresAt });
    expect(await authenticate(ctx, alone, secret)).toMatchObject({ name: 'short' });
    const later = { ...ctx, now: () => expiresAt };
    await expect(authenticate(later, alone, secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is refused with one character changed', async () => {
    const { secret } = await createApiKey(ctx, { name: 'exact', role: 'ADMIN' });
    const text = secret.reveal();
    const changed = `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`;
    await expect(authenticate(ctx, alone, new Secret(changed))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('is stored as a hash only', async () => {
    const { secret } = await createApiKey(ctx, { name: 'hashed', role: 'ADMIN' });
    const random = secret.reveal().slice('trb_'.length + 32 + '_'.length);
    const { rows } = await ctx.db.pool.query("SELECT string_agg(api_keys::text, ' ') AS text FROM api_keys");
    expect(rows[0].text).not.toContain(random);
    expect(rows[0].text).not.toContain(Buffer.from(random).toString('hex'));
  });
});

describe('the first admin key', () => {
  it('is made once', async () => {
    await ctx.db.pool.query('DELETE FROM api_keys');
    const made = await firstAdminKey(ctx);
    expect(made && (await authenticate(ctx, alone, made))).toMatchObject({ role: 'ADMIN' });
    expect(await firstAdminKey(ctx)).toBeNull();
  });

  it('is made by one of those that start at once', async () => {
    await ctx.db.pool.query('DELETE FROM api_keys');
    const made = await Promise.all([1, 2, 3].map(() => firstAdminKey(ctx)));
    expect(made.filter((secret) => secret !== null)).toHaveLength(1);
    expect(await ctx.db.prisma.apiKey.count()).toBe(1);
  });

  it('of the environment works without a row', async () => {
    const adminKey = new Secret('from-the-environment');
    expect(await authenticate(ctx, { adminKey }, new Secret('from-the-environment'))).toMatchObject({
      role: 'ADMIN',
    });
    await expect(authenticate(ctx, { adminKey }, new Secret('from-elsewhere'))).rejects.toThrow('not valid');
  });
});
