import { readConfig } from '../config.ts';
import { createLog } from '../lib/log.ts';
import { start } from '../main.ts';
import type { Running } from '../main.ts';
import { describeReady } from './banner.ts';
import type { ReadyServer } from './banner.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine } from './print.ts';
import { stopSignal } from './stopSignal.ts';

/** Starts the server, says where it is, and stops it in order at a signal. */
export async function runStart(options: { json?: true | undefined }): Promise<ExitCode> {
  const config = readConfig();
  // From the first moment on: a signal that comes while starting must not leave a database behind.
  let asked = false;
  const stopped = stopSignal().then(() => (asked = true));
  const running = await start(config, createLog(config.logLevel));
  if (!asked) {
    const ready = readyServer(running, config.role !== 'worker');
    if (options.json) printJson(toJson(ready));
    else printLine(describeReady(ready, config));
  }
  await stopped;
  await running.stop();
  return EXIT.DONE;
}

function readyServer({ app, sandbox }: Running, servesApi: boolean): ReadyServer {
  const { url } = app.http;
  return {
    url,
    graphql: servesApi ? `${url}/graphql` : null,
    adminKey: app.adminKey,
    adminKeyIsNew: app.adminKeyIsNew,
    sandbox,
  };
}

/** The one place where the key leaves its Secret for a program. */
function toJson({ url, graphql, adminKey, sandbox }: ReadyServer) {
  return { ready: true, url, graphql, adminKey: adminKey?.reveal() ?? null, sandbox };
}
