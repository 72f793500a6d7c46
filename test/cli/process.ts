import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../support/waitFor.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = `${ROOT}dist/src/cli.js`;

/** What a command left behind. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface RunningCommand {
  pid: number;
  /** Whole lines of stdout so far. */
  lines(): string[];
  /** The next signal; resolves when the command has ended. */
  end(signal: NodeJS.Signals): Promise<Finished>;
  finished: Promise<Finished>;
}

/** The built command is what people run; the build says nothing and does nothing when it is fresh. */
export function buildCommand(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The build failed:\n${stderr}`);
}

/** Nothing of this process's environment but where programs are: its own settings would change the outcome. */
function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', ...settings };
}

export function startCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): RunningCommand {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: tmpdir(),
    env: environment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const finished = closed(child).then((code) => ({ code, ...said }));
  return {
    pid: child.pid ?? -1,
    lines: () => said.stdout.split('\n').slice(0, -1),
    end: (signal) => {
      child.kill(signal);
      return finished;
    },
    finished,
  };
}

/** `close`, not `exit`: all that was written has been read then. */
async function closed(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** Runs a command to its end. */
export function runCommand(
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return startCommand(args, settings).finished;
}

/** The first line a command prints; fails with what it said instead when it ends before. */
export async function firstLine(command: RunningCommand, within = 20_000): Promise<string> {
  const ended = command.finished.then(({ code, stderr }) => {
    throw new Error(`The command ended with ${String(code)}: ${stderr}`);
  });
  const line = waitFor(() => command.lines()[0], { within, what: 'the first line of a command' });
  return Promise.race([line, ended]);
}
