import { databaseServer } from '../app.ts';
import { openDatabase } from '../db/client.ts';
import { applyMigrations } from '../db/migrate.ts';
import { installQueue } from '../jobs/queue.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printLine } from './print.ts';
import { commandSettings } from './workspace.ts';

/** Brings the database up to date and prints the names of what was applied. */
export async function runMigrate(): Promise<ExitCode> {
  const { config, log } = commandSettings();
  const server = await databaseServer({ config, log, mayAttach: true });
  try {
    const applied = await applyMigrations(server.url, { log });
    const db = openDatabase({ url: server.url, log });
    await installQueue(db.queue, log);
    await db.close();
    for (const name of applied) printLine(`applied ${name}`);
    if (applied.length === 0) printLine('up to date');
    return EXIT.DONE;
  } finally {
    await server.stop();
  }
}
