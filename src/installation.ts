import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncryptionKey } from './lib/crypto.ts';
import { randomToken } from './lib/crypto.ts';
import { Secret } from './lib/secret.ts';

const OWNER_ONLY = 0o600;
const KEY_BYTES = 32;

/** What an installation that was given no secrets makes for itself, once, into its data folder. */
export interface InstallationSecrets {
  secretKeys: EncryptionKey[];
  adminKey: Secret;
  /** True when the admin key was made by this start: the one time people see it. */
  adminKeyIsNew: boolean;
}

/** Reads the generated secrets, making those that are missing (files of mode 0600). */
export async function installationSecrets(dataDir: string): Promise<InstallationSecrets> {
  await mkdir(dataDir, { recursive: true });
  const encryption = await keep(join(dataDir, 'secret.key'), () => randomBytes(KEY_BYTES).toString('base64'));
  const admin = await keep(join(dataDir, 'admin.key'), () => `trb_admin_${randomToken(KEY_BYTES)}`);
  return {
    secretKeys: [{ id: 'generated', key: Buffer.from(encryption.text, 'base64') }],
    adminKey: new Secret(admin.text),
    adminKeyIsNew: admin.isNew,
  };
}

/** The text of a file, made now if there is none; `wx` so that of two starts at once one makes it and both read it. */
async function keep(path: string, make: () => string): Promise<{ text: string; isNew: boolean }> {
  const isNew = await writeFile(path, `${make()}\n`, { mode: OWNER_ONLY, flag: 'wx' }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    },
  );
  return { text: (await readFile(path, 'utf8')).trim(), isNew };
}
