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
  graphql: string;
  adminKey: string;
}

export interface TestServer {
  ready: ReadyLine;
  client: GraphQLClient;
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
  const ready = await readyLine(child);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return (await exited)[0];
  };
  return {
    ready,
    client: new GraphQLClient(ready.graphql, { headers: { authorization: `Bearer ${ready.adminKey}` } }),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

function readyLine(child: ChildProcess): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2_000);
    });
    child.once('exit', (code) =>
      reject(new Error(`The server ended with ${String(code)} before it was ready: ${said}`)),
    );
    if (!child.stdout) return;
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as ReadyLine));
  });
}
