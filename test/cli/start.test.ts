import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataFolder } from '../support/dataFolder.ts';
import type { RunningCommand } from './process.ts';
import { buildCommand, firstLine, runCommand, startCommand } from './process.ts';

/** What a program reads from `start --json`. */
interface ReadyLine {
  ready: boolean;
  url: string;
  graphql: string;
  adminKey: string;
  sandbox: { meta: string };
}

let folder: Awaited<ReturnType<typeof createDataFolder>>;
let server: RunningCommand;
let ready: ReadyLine;
let settings: Record<string, string>;

beforeAll(async () => {
  buildCommand();
  folder = await createDataFolder();
  settings = { TRIBUTARY_DATA_DIR: folder.path, PORT: '0' };
  server = startCommand(['start', '--json'], settings);
  ready = JSON.parse(await firstLine(server)) as ReadyLine;
}, 120_000);

afterAll(async () => {
  await server.end('SIGKILL');
  await folder.remove();
});

function askClients(key: string): Promise<Response> {
  return fetch(ready.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: '{ clients { totalCount } }' }),
  });
}

it('says on one line where it is and gives a key that works', async () => {
  const url = /^http:\/\/127\.0\.0\.1:\d+$/;
  expect(ready).toEqual({
    ready: true,
    url: expect.stringMatching(url),
    graphql: `${ready.url}/graphql`,
    adminKey: expect.stringMatching(/^trb_/),
    sandbox: { meta: expect.stringMatching(url), google: expect.stringMatching(url), crm: null },
  });
  expect(await (await askClients(ready.adminKey)).json()).toEqual({ data: { clients: { totalCount: 3 } } });
  expect((await stat(join(folder.path, 'admin.key'))).mode & 0o077).toBe(0);
});

it('refuses a second server on the same folder', async () => {
  const { code, stdout, stderr } = await runCommand(['start', '--json'], settings);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^Another running process uses the data folder .*\n$/);
});

it('refuses a port that is taken', async () => {
  const { code, stdout, stderr } = await runCommand(['sandbox', '--port', new URL(ready.url).port]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^Port \d+ is taken: .*\n$/);
});

it('lets a sync join it', async () => {
  const { code, stdout } = await runCommand(
    ['sync', '--client', 'tau-coffee', '--days', '2', '--json'],
    settings,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'SUCCEEDED', tasks: { total: 3, done: 3, failed: 0 } });
});

it('stops in order at SIGTERM, also when npm passes it on a second time, and prints nothing more', async () => {
  void server.end('SIGTERM');
  const { code, stdout } = await server.end('SIGTERM');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(2);
  await expect(askClients(ready.adminKey)).rejects.toThrow();
});
