import { startSandbox } from '../sandbox/index.ts';
import type { App } from './app.ts';
import { startApp } from './app.ts';
import type { Config } from './config.ts';
import { asSystem } from './context.ts';
import { createDemoClients } from './demo.ts';
import type { Logger } from './lib/log.ts';

/** A running process with its pretended platforms, if it has any. */
export interface Running {
  app: App;
  sandbox: { meta: string; google: string; crm: string | null } | null;
  stop(): Promise<void>;
}

/** Starts everything the configuration asks for; resolves when it can serve. What had started is stopped on a failure. */
export async function start(config: Config, log: Logger): Promise<Running> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const sandbox = config.sandbox ? await startSandbox() : null;
    if (sandbox) ends.push(() => sandbox.close());
    const app = await startApp({ config, log, sandbox: sandbox?.urls ?? null });
    ends.push(() => app.stop());
    if (sandbox) await createDemoClients(asSystem(app.ctx, 'demo'), sandbox.demoClients);
    return { app, sandbox: sandbox?.urls ?? null, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
