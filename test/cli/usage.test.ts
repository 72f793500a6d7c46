import { beforeAll, describe, expect, it } from 'vitest';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { createProgram } from '../../src/cli/program.ts';
import { describeSchema } from '../../src/schema/index.ts';
import { buildCommand, runCommand } from './process.ts';

beforeAll(buildCommand, 120_000);

describe('wrong usage', () => {
  it.each([
    { args: [] },
    { args: ['syn'] },
    { args: ['start', '--nope'] },
    { args: ['schema', 'superfluous'] },
    { args: ['sync', '--days', 'many'] },
    { args: ['sync', '--days', '3', '--from', '2026-10-01', '--to', '2026-10-02'] },
    { args: ['sync', '--from', '2026-10-01'] },
    { args: ['clients', 'add', '--name', 'A'] },
    { args: ['keys', 'create', '--name', 'a', '--role', 'OWNER'] },
    { args: ['keys', 'create', '--name', 'a', '--role', 'ADMIN', '--expires', '2026-02-31'] },
    { args: ['keys', 'revoke', 'no-id'] },
    { args: ['sandbox', '--recorded', 'month.csv'] },
  ])('$args exits 2 and points to the help', async ({ args }) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--help');
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('help', () => {
  const program = createProgram('1.2.3').configureOutput({ writeOut: () => undefined });
  const leaves = (command: CommandUnknownOpts): CommandUnknownOpts[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

  it('knows every command', () => {
    expect(leaves(program).map(fullName)).toEqual([
      'start',
      'sandbox',
      'migrate',
      'doctor',
      'schema',
      'sync',
      'backfill',
      'close-month',
      'clients list',
      'clients add',
      'clients goals',
      'schedules list',
      'schedules preview',
      'schedules add',
      'schedules update',
      'schedules remove',
      'schedules enable',
      'schedules disable',
      'schedules pause',
      'schedules resume',
      'keys list',
      'keys create',
      'keys revoke',
      'users list',
      'users invite',
      'users disable',
      'secrets status',
      'secrets rotate',
    ]);
  });

  it.each(leaves(program).map((command) => ({ name: fullName(command), command })))(
    '$name shows an example that it takes',
    ({ name, command }) => {
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      expect(text).toMatch(new RegExp(`Example:\\n {2}\\$ (\\w+=\\S+ )*tributary ${name}`));
    },
  );

  it('comes with exit code 0, and so does the version', async () => {
    const help = await runCommand(['sync', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('tributary sync --client');
    expect(await runCommand(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

function fullName(command: CommandUnknownOpts): string {
  const { parent } = command;
  return parent?.parent ? `${fullName(parent)} ${command.name()}` : command.name();
}

describe('settings', () => {
  it('tells every problem of the environment at once, and no value', async () => {
    const { code, stdout, stderr } = await runCommand(['start', '--json'], {
      PORT: '99999',
      LOG_LEVEL: 'loud-and-secret',
      TRIBUTARY_SANDBOX: 'maybe',
      DATABASE_URL: 'mysql://root:hidden-password@127.0.0.1/a',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    for (const name of ['PORT', 'LOG_LEVEL', 'TRIBUTARY_SANDBOX', 'DATABASE_URL', 'TRIBUTARY_SECRET_KEYS']) {
      expect(stderr).toMatch(new RegExp(`- ${name} \\S`));
    }
    expect(stderr).not.toMatch(/secret\b|hidden|99999|\n\s+at /);
  });

  it('says plainly that the database is not there, without the password', async () => {
    const { code, stdout, stderr } = await runCommand(['clients', 'list'], {
      DATABASE_URL: 'postgresql://someone:hidden-password@127.0.0.1:1/ads',
      TRIBUTARY_SECRET_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Cannot connect .*\n$/);
    expect(stderr).not.toContain('hidden-password');
  });
});

it('schema prints the schema and needs no settings', async () => {
  const { code, stdout } = await runCommand(['schema'], { PORT: 'not a port' });
  expect(code).toBe(0);
  expect(stdout).toBe(describeSchema());
});
