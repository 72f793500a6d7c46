import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the child says: the URL of its server, why it has none, or a signal it got and lives on after. */
export type ChildLine = { url?: string; error?: string; signal?: string };

/** A process of its own, in a process group of its own, that runs the embedded server. */
export interface EmbeddedChild {
  pid: number;
  /** The first line; later ones come from `next()`. */
  answer: ChildLine;
  next(): Promise<ChildLine>;
  /** Ends it without any warning. */
  kill(): Promise<void>;
  /** Lets it stop its server in order. */
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('embeddedChild.mjs', import.meta.url));

/** Starts the embedded PostgreSQL in another process; `as` is a user to run it as (root only). */
export async function startEmbeddedChild(
  dataDir: string,
  as?: { uid: number; gid: number },
): Promise<EmbeddedChild> {
  const child = spawn(process.execPath, [SCRIPT, dataDir], {
    ...as,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = on(createInterface(child.stdout), 'line', { close: ['close'] });
  const next = async () => {
    const { value, done } = (await lines.next()) as IteratorResult<[string], undefined>;
    if (done) throw new Error('The child ended before it said anything.');
    return JSON.parse(value[0]) as ChildLine;
  };
  return {
    pid: child.pid ?? -1,
    answer: await next(),
    next,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
