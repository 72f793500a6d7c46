import { createSecretKey, randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installationSecrets } from '../../src/installation.ts';
import { seal, unseal } from '../../src/lib/crypto.ts';
import { newKey, parseKeyFile } from '../../src/lib/keyFile.ts';
import { fixedKeyRing } from '../../src/lib/keyRing.ts';
import { createDataFolder } from '../support/dataFolder.ts';

let folder: Awaited<ReturnType<typeof createDataFolder>>;
beforeEach(async () => {
  folder = await createDataFolder();
});
afterEach(() => folder.remove());

const openRing = async () => (await installationSecrets(folder.path)).secretKeys;
const keyPath = () => join(folder.path, 'secret.key');
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the ring of the data folder', () => {
  it('is made once, for the owner alone', async () => {
    const made = (await openRing()).first();
    expect((await openRing()).first()).toEqual(made);
    expect(await modeOf(keyPath())).toBe('600');
    expect(await modeOf(join(folder.path, 'admin.key'))).toBe('600');
  });

  it('reads a file from before keys had names', async () => {
    const key = randomBytes(32);
    await writeFile(keyPath(), `${key.toString('base64')}\n`, { mode: 0o600 });
    expect((await openRing()).all()).toEqual([{ id: 'generated', key: createSecretKey(key) }]);
  });

  it('follows what another process does to the file', async () => {
    const [server, command] = [await openRing(), await openRing()];
    const before = seal(server, 'token', 'row');
    const key = newKey('k-new');
    await command.replace?.([key, ...command.all()]);
    expect(unseal(server, seal(command, 'token', 'row'), 'row')).toBe('token');
    expect(server.first()).toEqual(key);
    expect(unseal(server, before, 'row')).toBe('token');
    expect(server.find('k-unknown')).toBeNull();
  });

  it('seals with the first key of now, without being asked for an unknown one before', async () => {
    const [server, command] = [await openRing(), await openRing()];
    await command.replace?.([newKey('k-new')]);
    expect(seal(server, 'token', 'row').keyId).toBe('k-new');
  });

  it('opens what was read in the moment before its key was dropped', async () => {
    const [server, command] = [await openRing(), await openRing()];
    const read = seal(server, 'token', 'row');
    await command.replace?.([newKey('k-new')]);
    expect(server.first().id).toBe('k-new');
    expect(unseal(server, read, 'row')).toBe('token');
    expect((await openRing()).find('generated')).toBeNull();
  });

  it('is written for the owner alone, and leaves nothing beside it', async () => {
    const ring = await openRing();
    await ring.replace?.([newKey('k1'), newKey('k2')]);
    expect(await modeOf(keyPath())).toBe('600');
    expect((await readdir(folder.path)).toSorted()).toEqual(['admin.key', 'secret.key']);
    expect((await openRing()).all()).toEqual(ring.all());
  });

  it('takes away what others may do to the file', async () => {
    await openRing();
    await chmod(keyPath(), 0o644);
    await openRing();
    expect(await modeOf(keyPath())).toBe('600');
  });

  it('refuses a damaged file without repeating it', async () => {
    const text = await readFile(keyPath(), 'utf8').catch(() => `k1:${randomBytes(32).toString('base64')}\n`);
    for (const damaged of [text.slice(0, 20), `${text}k2:c2hvcnQ=\n`, `${text}k 3:${'A'.repeat(44)}\n`]) {
      await writeFile(keyPath(), damaged, { mode: 0o600 });
      const error: unknown = await openRing().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ message: expect.stringMatching(/damaged: line \d/) });
      expect(String(error)).not.toContain(damaged.slice(3, 15));
    }
    expect(() => parseKeyFile('k1:')).toThrow('line 1');
  });
});

describe('the ring of the environment', () => {
  const [first, second] = [newKey('first'), newKey('second')];
  const ring = fixedKeyRing([first, second]);
  it('stays as it is', () => {
    expect(ring.first()).toBe(first);
    expect(ring.find('second')).toBe(second);
    expect(ring.find('third')).toBeNull();
    expect(ring.replace).toBeNull();
  });
  it('says when it is empty', () => expect(() => fixedKeyRing([]).first()).toThrow('TRIBUTARY_SECRET_KEYS'));
});
