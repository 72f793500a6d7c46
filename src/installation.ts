import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomToken } from './lib/crypto.ts';
import { formatKeyFile, keyFile, newKey } from './lib/keyFile.ts';
import type { KeyRing } from './lib/keyRing.ts';
import { storedKeyRing } from './lib/keyRing.ts';
import { Secret } from './lib/secret.ts';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const ADMIN_KEY_BYTES = 32;

/** What an installation that was given no secrets makes for itself, once, into its data folder. */
export interface InstallationSecrets {
  secretKeys: KeyRing;
  adminKey: Secret;
  /** True when the admin key was made by this start: the one time people see it. */
  adminKeyIsNew: boolean;
}

/** Reads the generated secrets, making those that are missing (files of mode 0600). */
export async function installationSecrets(dataDir: string): Promise<InstallationSecrets> {
  await mkdir(dataDir, { recursive: true });
  const ring = join(dataDir, 'secret.key');
  await keep(ring, () => formatKeyFile([newKey('generated')]));
  const admin = await keep(join(dataDir, 'admin.key'), () => `trb_admin_${randomToken(ADMIN_KEY_BYTES)}\n`);
  return {
    secretKeys: storedKeyRing(keyFile(ring)),
    adminKey: new Secret(admin.text),
    adminKeyIsNew: admin.isNew,
  };
}

/** The text of a file, made now if there is none; `wx` so that of two starts at once one makes it and both read it. */
async function keep(path: string, make: () => string): Promise<{ text: string; isNew: boolean }> {
  const isNew = await writeFile(path, make(), { mode: OWNER_ONLY, flag: 'wx' }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    },
  );
  // A copy from a backup may have come without its mode.
  if (((await stat(path)).mode & OTHERS) !== 0) await chmod(path, OWNER_ONLY);
  return { text: (await readFile(path, 'utf8')).trim(), isNew };
}
