import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { installationSecrets } from '../../../src/installation.ts';
import { sha256, unseal } from '../../../src/lib/crypto.ts';
import { keyFile, newKey } from '../../../src/lib/keyFile.ts';
import type { KeyRing } from '../../../src/lib/keyRing.ts';
import { fixedKeyRing } from '../../../src/lib/keyRing.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createClient } from '../../../src/services/clients/create.ts';
import { readKeyUse } from '../../../src/services/credentials/keyUse.ts';
import { makeState, stateBinding } from '../../../src/services/credentials/oauth/state.ts';
import { SEALED_STORES } from '../../../src/services/credentials/reseal.ts';
import { planRotation, rotateSecrets } from '../../../src/services/credentials/rotate.ts';
import { requireKept, sealToken, unsealToken } from '../../../src/services/credentials/seal.ts';
import { createContext } from '../../jobs/support.ts';
import { createDataFolder } from '../../support/dataFolder.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import { waitFor } from '../../support/waitFor.ts';

const COUNT = 130;
const PART = 100;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof createDataFolder>>;
/** Two processes on one data folder. */
let server: Context;
let command: Context;
let clientId: string;
let tokens: Map<string, string>;

beforeEach(async () => {
  database = await createTestDatabase();
  folder = await createDataFolder();
  server = contextWith((await installationSecrets(folder.path)).secretKeys);
  command = contextWith((await installationSecrets(folder.path)).secretKeys);
  clientId = (await createClient(server, { name: 'A', timezone: 'UTC', currency: 'EUR' })).id;
  tokens = new Map();
  await addTokens(COUNT);
});
afterEach(async () => {
  await database.drop();
  await folder.remove();
});

function contextWith(secretKeys: KeyRing): Context {
  return createContext(database.db, { secretKeys });
}

async function addTokens(count: number, ring: KeyRing = server.secretKeys): Promise<void> {
  const rows = Array.from({ length: count }, () => rowOf(ring));
  await database.db.prisma.credential.createMany({ data: rows });
}

/** What a server stores of a new token. */
function rowOf(ring: KeyRing) {
  const row = { id: randomUUID(), clientId, platform: 'META' };
  const token = `token-${row.id}`;
  tokens.set(row.id, token);
  const { keyId, ciphertext } = sealToken(ring, new Secret(token), row);
  return { ...row, keyId, ciphertext: new Uint8Array(ciphertext), lastFour: token.slice(-4) };
}

/** Opens every stored token as a server would, and names those that are not what was stored. */
async function wrongTokens(ctx: Context): Promise<string[]> {
  const stored = await database.db.prisma.credential.findMany();
  expect(stored).toHaveLength(tokens.size);
  return stored
    .filter((row) => unsealToken(ctx.secretKeys, row, row).reveal() !== tokens.get(row.id))
    .map(({ id }) => id);
}

const rotate = (options: { prune?: boolean; onProgress?: (done: number, total: number) => void } = {}) =>
  rotateSecrets(command, { prune: false, ...options });

describe('a rotation of our own keys', () => {
  it('brings every token under a new key, and a running server opens them all', async () => {
    const progress: [number, number][] = [];
    const planned = await planRotation(command);
    expect(planned).toMatchObject({ wouldMakeKey: true, wouldReseal: COUNT });
    const done = await rotate({ onProgress: (...at) => progress.push(at) });
    expect(done).toMatchObject({ resealed: COUNT, closed: [], pruned: [], unused: ['generated'] });
    expect(done.keys).toEqual([
      { id: done.madeKey, rows: COUNT, encrypts: true, present: true },
      { id: 'generated', rows: 0, encrypts: false, present: true },
    ]);
    expect(progress.at(-1)).toEqual([COUNT, COUNT]);
    expect(progress.length).toBeGreaterThan(COUNT / PART);
    expect(await wrongTokens(server)).toEqual([]);
    expect(await wrongTokens(contextWith((await installationSecrets(folder.path)).secretKeys))).toEqual([]);
  });

  it('goes on after it was stopped half-way, under the same key', async () => {
    const halfWay = (done: number) => {
      if (done >= PART) throw new Error('stopped');
    };
    await expect(rotate({ onProgress: halfWay })).rejects.toThrow('stopped');
    const [first, old] = await readKeyUse(command);
    expect([first?.rows, old?.rows]).toEqual([PART, COUNT - PART]);
    expect(await wrongTokens(server)).toEqual([]);

    expect(await planRotation(command)).toMatchObject({ wouldMakeKey: false, wouldReseal: COUNT - PART });
    const done = await rotate();
    expect(done).toMatchObject({ madeKey: null, resealed: COUNT - PART });
    expect(done.keys[0]).toMatchObject({ id: first?.id, rows: COUNT });
    expect(await wrongTokens(server)).toEqual([]);
  });

  it('makes a key also where nothing is stored', async () => {
    await database.db.prisma.credential.deleteMany();
    tokens.clear();
    expect(await rotate({ prune: true })).toMatchObject({ resealed: 0, pruned: ['generated'] });
  });

  it('is in the audit log, without a key', async () => {
    const { madeKey } = await rotate();
    const [entry] = await database.db.prisma.auditEntry.findMany();
    expect(entry).toMatchObject({ action: 'rotateSecrets', outcome: 'OK', actorKind: 'SYSTEM' });
    expect(madeKey).toMatch(/^k-\d{4}-\d\d-\d\d-[0-9a-f]{8}$/);
  });

  it('leaves a token alone that was renewed since it was read', async () => {
    const [store] = SEALED_STORES;
    const ring = command.secretKeys;
    const key = newKey('k-other');
    const [row] = (await store?.page(database.db.pool, { firstKeyId: key.id, after: '', limit: 1 })) ?? [];
    if (!store || !row) throw new Error('There is no row.');
    const renewed = { id: row.id, clientId, platform: 'META' };
    const { ciphertext } = sealToken(ring, new Secret('renewed'), renewed);
    await database.db.prisma.credential.update({
      where: { id: row.id },
      data: { ciphertext: new Uint8Array(ciphertext) },
    });
    const change = { id: row.id, before: row.ciphertext, after: Buffer.from('lost') };
    expect(await store.write(database.db.pool, { keyId: key.id, changes: [change] })).toBe(0);
    tokens.set(row.id, 'renewed');
    expect(await wrongTokens(server)).toEqual([]);
  });

  it('goes one at a time', async () => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query("SELECT pg_advisory_lock(hashtextextended('tributary.secrets.rotate', 0))");
    await expect(rotate()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await readKeyUse(command)).map(({ id }) => id)).toEqual(['generated']);
    await other.end();
    await waitFor(() => rotate(), { what: 'the rotation to be free' });
  });
});

it('brings the verifier of an open OAuth state along', async () => {
  const made = await makeState(server, { platform: 'GOOGLE', clientId, challenged: true });
  const done = await rotate({ prune: true });
  expect(done).toMatchObject({ resealed: COUNT + 1, closed: [], pruned: ['generated'] });
  const [row] = (await database.db.pool.query('SELECT * FROM oauth_states')).rows;
  const found = { keyId: row.key_id, ciphertext: row.verifier };
  const verifier = unseal(
    server.secretKeys,
    found,
    stateBinding(row.state_hash, { platform: 'GOOGLE', clientId }),
  );
  expect(sha256(verifier).toString('base64url')).toBe(made.challenge);
});

describe('what cannot be opened', () => {
  it('stays as it is, is named, and keeps its key', async () => {
    const [swapped, other, cut] = [...tokens.keys()];
    await database.db.pool.query(
      `UPDATE credentials AS mine SET ciphertext = other.ciphertext FROM credentials AS other
       WHERE mine.id = ANY($1::uuid[]) AND other.id = ANY($1::uuid[]) AND mine.id <> other.id`,
      [[swapped, other]],
    );
    await database.db.pool.query(
      'UPDATE credentials SET ciphertext = substr(ciphertext, 1, 20) WHERE id = $1',
      [cut],
    );
    const before = await database.db.pool.query('SELECT id, ciphertext FROM credentials ORDER BY id');
    const done = await rotate({ prune: true });
    expect(done.closed.map(({ id }) => id).toSorted()).toEqual([swapped, other, cut].toSorted());
    expect(done).toMatchObject({ resealed: COUNT - 3, pruned: [], unused: [] });
    expect(done.keys).toContainEqual({ id: 'generated', rows: 3, encrypts: false, present: true });
    const after = await database.db.pool.query('SELECT id, ciphertext FROM credentials ORDER BY id');
    const unchanged = after.rows.filter(({ id, ciphertext }) =>
      before.rows.some((row) => row.id === id && row.ciphertext.equals(ciphertext)),
    );
    expect(unchanged).toHaveLength(3);

    await database.db.prisma.credential.deleteMany({ where: { keyId: 'generated' } });
    expect(await rotate({ prune: true })).toMatchObject({ pruned: expect.arrayContaining(['generated']) });
  });
});

describe('keys of the environment', () => {
  it('are never changed: everything goes under the first, and the others may be dropped', async () => {
    const [old] = server.secretKeys.all();
    if (!old) throw new Error('There is no key.');
    const rolled = contextWith(fixedKeyRing([newKey('k2'), old]));
    expect(await planRotation(rolled)).toMatchObject({ wouldMakeKey: false, wouldReseal: COUNT });
    const done = await rotateSecrets(rolled, { prune: true });
    expect(done).toMatchObject({ madeKey: null, resealed: COUNT, pruned: [], unused: ['generated'] });
    expect(await wrongTokens(rolled)).toEqual([]);
    expect(await rotateSecrets(rolled, { prune: false })).toMatchObject({ madeKey: null, resealed: 0 });
    expect(keyFile(join(folder.path, 'secret.key')).read()).toEqual([old]);
  });

  it('that are missing are named, and nothing is lost', async () => {
    const lone = contextWith(fixedKeyRing([newKey('k2')]));
    const done = await rotateSecrets(lone, { prune: false });
    expect(done.closed).toHaveLength(COUNT);
    expect(done.keys).toContainEqual({ id: 'generated', rows: COUNT, encrypts: false, present: false });
    expect(await wrongTokens(server)).toEqual([]);
  });
});

describe('dropping a key', () => {
  it('waits for who is just storing a token under it, and then leaves it', async () => {
    await rotate();
    const old = fixedKeyRing(command.secretKeys.all().filter(({ id }) => id === 'generated'));
    const storing = await database.db.pool.connect();
    try {
      const { id, keyId, ciphertext } = rowOf(old);
      await storing.query('BEGIN');
      await storing.query(
        `INSERT INTO credentials (id, client_id, platform, key_id, ciphertext, last_four)
         VALUES ($1, $2, 'META', $3, $4, 'abcd')`,
        [id, clientId, keyId, ciphertext],
      );
      const pruning = rotate({ prune: true });
      await waitFor(
        async () => {
          const { rows } = await database.db.pool.query(
            "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'",
          );
          return rows.length > 0;
        },
        { what: 'the rotation to wait' },
      );
      requireKept(server.secretKeys, { keyId });
      await storing.query('COMMIT');
      expect((await pruning).pruned).not.toContain('generated');
    } finally {
      storing.release();
    }
    expect(await wrongTokens(server)).toEqual([]);
  });

  it('lets nobody store a token under it afterwards', async () => {
    const sealed = rowOf(server.secretKeys);
    await rotate({ prune: true });
    expect(() => requireKept(server.secretKeys, sealed)).toThrow(
      expect.objectContaining({ code: 'CONFLICT' }),
    );
  });
});

it('no token is unreadable for a moment while keys change and go, and new ones come', async () => {
  let going = true;
  const [reads, writes]: [number[], number[]] = [[], []];
  const reading = Array.from({ length: 2 }, async () => {
    while (going) reads.push((await wrongTokensOfSome()).length);
  });
  const writing = (async () => {
    while (going) {
      const row = rowOf(server.secretKeys);
      const kept = await database.db.prisma
        .$transaction(async (tx) => {
          await tx.credential.create({ data: row });
          requireKept(server.secretKeys, row);
        })
        .then(() => true)
        .catch(() => false);
      if (!kept) tokens.delete(row.id);
      writes.push(Number(kept));
    }
  })();
  for (let round = 0; round < 3; round++) await rotate({ prune: true });
  going = false;
  await Promise.all([...reading, writing]);
  expect(reads.length).toBeGreaterThan(2);
  expect(writes.filter(Boolean).length).toBeGreaterThan(2);
  expect(reads.filter((wrong) => wrong > 0)).toEqual([]);
  expect(await wrongTokens(server)).toEqual([]);
  expect(command.secretKeys.all().length).toBeLessThanOrEqual(2);
});

/** As `wrongTokens`, while others come. */
async function wrongTokensOfSome(): Promise<string[]> {
  const stored = await database.db.prisma.credential.findMany({ take: 50, orderBy: { updatedAt: 'asc' } });
  return stored
    .filter((row) => unsealToken(server.secretKeys, row, row).reveal() !== tokens.get(row.id))
    .map(({ id }) => id);
}
