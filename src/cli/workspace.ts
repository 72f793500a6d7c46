import type { Foundation } from '../app.ts';
import { openFoundation } from '../app.ts';
import type { Config } from '../config.ts';
import { readConfig } from '../config.ts';
import type { Context } from '../context.ts';
import { asSystem, inBackground } from '../context.ts';
import type { Logger } from '../lib/log.ts';
import { createLog } from '../lib/log.ts';
import { stopSignal } from './stopSignal.ts';

/** What a short command works with. */
export interface Workspace {
  config: Config;
  log: Logger;
  foundation: Foundation;
  /** Acts as the system: whoever may run commands here may do all. */
  ctx: Context;
  /** Resolves at the first signal. Until then none ends the process, so that the database is closed in order. */
  stopped: Promise<NodeJS.Signals>;
}

/** Settings and log of a short command: only what goes wrong is logged, unless LOG_LEVEL says otherwise. */
export function commandSettings(): { config: Config; log: Logger } {
  const config = readConfig(undefined, 'warn');
  return { config, log: createLog(config.logLevel) };
}

/** Opens the database for one command, joining a server that runs on it, and closes it whatever happens. */
export async function inWorkspace<T>(
  sandbox: { meta: string; google: string } | null,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const { config, log } = commandSettings();
  const stopped = stopSignal();
  const foundation = await openFoundation({ config, log, sandbox, mayAttach: true });
  try {
    return await work({
      config,
      log,
      foundation,
      ctx: inBackground(asSystem(foundation.ctx, 'cli')),
      stopped,
    });
  } finally {
    await foundation.close();
  }
}
