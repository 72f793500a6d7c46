import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyUse } from '../../src/services/credentials/keyUse.ts';
import type { Rotation } from '../../src/services/credentials/rotate.ts';
import { graphql } from '../generated/graphql/gql.ts';
import { createDataFolder } from '../support/dataFolder.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';
import { waitFor } from '../support/waitFor.ts';
import { buildCommand, runCommand, startCommand } from './process.ts';

const Sync = graphql(`
  mutation RotateSync($input: TriggerSyncInput!) {
    triggerSync(input: $input) {
      id
    }
  }
`);
const Run = graphql(`
  query RotateRun($id: ID!) {
    syncRun(id: $id) {
      status
      error {
        reason
      }
    }
  }
`);

const DEMO_TOKENS = 7;

describe('with a server that syncs', () => {
  let folder: Awaited<ReturnType<typeof createDataFolder>>;
  let server: TestServer;
  let settings: Record<string, string>;

  beforeAll(async () => {
    buildCommand();
    folder = await createDataFolder();
    settings = { TRIBUTARY_DATA_DIR: folder.path };
    server = await startServer(settings);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  const keyFile = () => readFile(join(folder.path, 'secret.key'), 'utf8');
  const secretsOf = (text: string) => text.split('\n').flatMap((line) => line.split(':')[1] ?? []);

  /** What the command printed, which must hold no key. */
  async function secrets(...args: string[]) {
    const before = secretsOf(await keyFile());
    const { code, stdout, stderr } = await runCommand(['secrets', ...args], settings);
    for (const secret of [...before, ...secretsOf(await keyFile())])
      expect(stdout + stderr).not.toContain(secret);
    return { code, stdout };
  }

  async function syncOnce(days: number): Promise<unknown> {
    const to = new Date();
    const from = new Date(to.getTime() - days * 86_400_000);
    const day = (date: Date) => date.toISOString().slice(0, 10);
    const { triggerSync } = await server.client.request(Sync, {
      input: { range: { from: day(from), to: day(to) } },
    });
    const ended = await waitFor(
      async () => {
        const { syncRun } = await server.client.request(Run, { id: triggerSync.id });
        return syncRun && !['QUEUED', 'RUNNING'].includes(syncRun.status) ? syncRun : null;
      },
      { within: 60_000, what: 'the sync to end' },
    );
    return { status: ended.status, error: ended.error };
  }

  it('shows the keys by name', async () => {
    const { code, stdout } = await secrets('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      keys: [{ id: 'generated', rows: DEMO_TOKENS, encrypts: true, present: true }],
    });
    expect((await secrets('status')).stdout).toMatch(/generated +7 +encrypts/);
  });

  it('changes nothing in a dry run', async () => {
    const before = await keyFile();
    const { code, stdout } = await secrets('rotate', '--dry-run', '--json');
    expect({ code, plan: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      plan: { wouldMakeKey: true, wouldReseal: DEMO_TOKENS },
    });
    expect(await keyFile()).toBe(before);
  });

  it('rotates and drops keys again and again, and no sync fails of it', async () => {
    let going = true;
    const syncs: unknown[] = [];
    const syncing = (async () => {
      while (going) syncs.push(await syncOnce(3 + (syncs.length % 5)));
    })();
    for (let round = 0; round < 3; round++) {
      const { code, stdout } = await secrets('rotate', '--json', '--prune');
      const rotation = JSON.parse(stdout) as Rotation;
      expect({ code, rotation }).toMatchObject({
        code: 0,
        rotation: { resealed: DEMO_TOKENS, closed: [], madeKey: expect.stringMatching(/^k-/) },
      });
      expect(rotation.pruned).toHaveLength(1);
    }
    going = false;
    await syncing;
    syncs.push(await syncOnce(9));
    expect(syncs).toEqual(syncs.map(() => ({ status: 'SUCCEEDED', error: null })));
    expect((await stat(join(folder.path, 'secret.key'))).mode & 0o777).toBe(0o600);
    expect((await keyFile()).trim().split('\n')).toHaveLength(1);
    expect((await runCommand(['doctor', '--json'], settings)).stdout).toContain(
      `${String(DEMO_TOKENS)} stored credentials, all can be opened`,
    );
  }, 120_000);

  it('is whole after being killed as soon as it has a new key', async () => {
    const before = await keyFile();
    const command = startCommand(['secrets', 'rotate'], settings);
    await waitFor(async () => (await keyFile()) !== before, { within: 20_000, what: 'a new key' });
    await command.end('SIGKILL');
    const { stdout } = await secrets('status', '--json');
    const { keys } = JSON.parse(stdout) as { keys: KeyUse[] };
    expect(keys.every(({ present }) => present)).toBe(true);
    expect(keys.reduce((sum, { rows }) => sum + rows, 0)).toBe(DEMO_TOKENS);
    expect((await secrets('rotate', '--json')).code).toBe(0);
    expect(await syncOnce(2)).toEqual({ status: 'SUCCEEDED', error: null });
  }, 60_000);
});

it('follows the keys of the environment, and says when the old one may go', async () => {
  buildCommand();
  const database = await createTestDatabase();
  const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
  const [old, next] = [key('k1'), key('k2')];
  const run = (keys: string, ...args: string[]) =>
    runCommand(args, {
      DATABASE_URL: database.url,
      TRIBUTARY_SECRET_KEYS: keys,
      TRIBUTARY_SANDBOX: 'true',
    });
  try {
    await run(old, 'sync', '--days', '1', '--json');
    expect(await run(next, 'secrets', 'status')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/k1 +7 +MISSING/),
    });
    const unable = await run(next, 'secrets', 'rotate');
    expect(unable).toMatchObject({ code: 3, stderr: expect.stringContaining('cannot be opened') });
    const rotated = await run(`${next},${old}`, 'secrets', 'rotate');
    expect(rotated.code).toBe(0);
    expect(rotated.stdout).toContain('Nothing needs k1 any more: take it out of TRIBUTARY_SECRET_KEYS');
    for (const secret of [old, next].map((text) => text.slice(3)))
      expect(rotated.stdout + rotated.stderr).not.toContain(secret);
    expect((await run(next, 'secrets', 'status', '--json')).stdout).toBe(
      `${JSON.stringify({ keys: [{ id: 'k2', rows: 7, encrypts: true, present: true }] })}\n`,
    );
  } finally {
    await database.drop();
  }
}, 60_000);
