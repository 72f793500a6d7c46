import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { GraphQLClient } from 'graphql-request';
import { packageRoot } from '../../src/lib/packageRoot.ts';

/** The line `start --json` prints when it can serve. */
export interface ReadyLine {
  url: string;
  /** Null in a worker, which serves health alone. */
  graphql: string | null;
  /** Null when it was not made by this start, or is not a worker’s to tell. */
  adminKey: string;
}

export interface TestServer {
  ready: ReadyLine;
  /** As the admin; of no use in a worker. */
  client: GraphQLClient;
  /** What it logged so far, an object a line. */
  logged(): Record<string, unknown>[];
  /** SIGKILL: as if the machine had gone. */
  kill(): Promise<void>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

/** The built product as a process of its own, as a user starts it. Needs `npm run build`, which `npm test` does. */
export async function startServer(env: Record<string, string>): Promise<TestServer> {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist/src/cli.js'), 'start', '--json'], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn', TRIBUTARY_RATE_LIMIT: '1000000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  createInterface(child.stderr).on('line', (line) => lines.push(line));
  const ready = await readyLine(child, lines);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return (await exited)[0];
  };
  return {
    ready,
    client: new GraphQLClient(ready.graphql ?? ready.url, {
      headers: { authorization: `Bearer ${ready.adminKey}` },
    }),
    logged: () => lines.filter((line) => line.startsWith('{')).map(parseLine),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

function parseLine(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}

function readyLine(child: ChildProcess, said: readonly string[]): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      const last = said.slice(-20).join('\n');
      reject(new Error(`The server ended with ${String(code)} before it was ready: ${last}`));
    });
    if (!child.stdout) return;
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as ReadyLine));
  });
}
