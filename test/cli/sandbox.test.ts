import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataFolder } from '../support/dataFolder.ts';
import { SMALL_CSV } from '../support/recordedCsv.ts';
import { buildCommand, firstLine, runCommand, startCommand } from './process.ts';

let folder: Awaited<ReturnType<typeof createDataFolder>>;
let recording: string;

beforeAll(async () => {
  buildCommand();
  folder = await createDataFolder();
  recording = join(folder.path, 'month.csv');
  await writeFile(recording, SMALL_CSV);
}, 120_000);

afterAll(() => folder.remove());

it('prints one line, serves the recorded account to any sandbox token, and stops at SIGTERM', async () => {
  const command = startCommand(['sandbox', '--recorded', recording, '--month', '2026-10', '--json']);
  const ready = JSON.parse(await firstLine(command)) as { meta: string };
  expect(ready).toEqual({
    ready: true,
    meta: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    google: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    crm: null,
  });
  const answer = await fetch(`${ready.meta}/v26.0/act_1000000001?fields=currency`, {
    headers: { authorization: 'Bearer sandbox-any' },
  });
  expect(await answer.json()).toMatchObject({ currency: 'USD' });
  const { code, stdout, stderr } = await command.end('SIGTERM');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n')).toHaveLength(2);
});

it.each([
  {
    of: 'a file that is not there',
    file: 'none.csv',
    month: '2026-10',
    says: /there is no file .*none\.csv/,
  },
  { of: 'a month that does not exist', file: 'month.csv', month: '2026-13', says: /2026-13 is not a month/ },
  {
    of: 'a file of another form',
    file: 'other.csv',
    month: '2026-10',
    says: /other\.csv line 1: column Date.* missing/,
  },
])('refuses $of with exit code 2', async ({ file, month, says }) => {
  await writeFile(join(folder.path, 'other.csv'), 'a,b\n1,2\n');
  const path = join(folder.path, file);
  const { code, stdout, stderr } = await runCommand([
    'sandbox',
    '--recorded',
    path,
    '--month',
    month,
    '--json',
  ]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
});
