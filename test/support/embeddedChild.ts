import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the child said: the URL of its server, or why it has none. */
export type ChildAnswer = { url: string; error?: never } | { url?: never; error: string };

export interface EmbeddedChild {
  answer: ChildAnswer;
  /** Ends it without any warning. */
  kill(): Promise<void>;
  /** Sends a signal and does not wait. */
  signal(name: NodeJS.Signals): void;
  /** Lets it stop its server in order. */
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('embeddedChild.mjs', import.meta.url));

/** Starts the embedded PostgreSQL in a process of its own; `as` is a user to run it as (root only). */
export async function startEmbeddedChild(
  dataDir: string,
  as?: { uid: number; gid: number },
): Promise<EmbeddedChild> {
  const child = spawn(process.execPath, [SCRIPT, dataDir], { ...as, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), failed(ended)])) as [
    string,
  ];
  return {
    answer: JSON.parse(line) as ChildAnswer,
    kill: () => endWith(ended, () => child.kill('SIGKILL')),
    signal: (name) => void child.kill(name),
    stop: () => endWith(ended, () => (child as ChildProcess).stdin?.end()),
  };
}

async function failed(ended: Promise<unknown[]>): Promise<never> {
  const [code] = await ended;
  throw new Error(`The child ended with code ${String(code)} before it said anything.`);
}

async function endWith(ended: Promise<unknown>, act: () => void): Promise<void> {
  act();
  await ended;
}
