import { startSandbox } from '../../sandbox/index.ts';
import type { DatabaseServer } from '../app.ts';
import { databaseServer } from '../app.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { systemClock } from '../lib/clock.ts';
import type { Finding } from './doctor/check.ts';
import { fail } from './doctor/check.ts';
import { checkRemoteClock } from './doctor/clock.ts';
import { checkDatabase } from './doctor/database.ts';
import { checkMail } from './doctor/mail.ts';
import { checkPlatforms } from './doctor/platforms.ts';
import { checkQueue } from './doctor/queue.ts';
import { checkSecrets } from './doctor/secrets.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { describeFailure } from './failure.ts';
import { printJson, printLine, printTable } from './print.ts';
import { commandSettings, inWorkspace } from './workspace.ts';

/** Checks everything an installation rests on, and says what to do about what is wrong. */
export async function runDoctor(options: { json?: true | undefined }): Promise<ExitCode> {
  const findings = await examine();
  const failed = findings.some((finding) => finding.status === 'FAIL');
  if (options.json) printJson({ ok: !failed, checks: findings });
  else printFindings(findings);
  return failed ? EXIT.FAILED : EXIT.DONE;
}

async function examine(): Promise<Finding[]> {
  const { config, log } = commandSettings();
  let server: DatabaseServer;
  try {
    server = await databaseServer({ config, log, mayAttach: true });
  } catch (error) {
    return [noDatabase(error)];
  }
  try {
    const database = await checkDatabase(server.url, { now: systemClock, log });
    if (!database.isUsable) return database.findings;
    return [...database.findings, ...(await examineRest(config))];
  } catch (error) {
    return [noDatabase(error)];
  } finally {
    await server.stop();
  }
}

/** What needs the tables. Joins the embedded server that runs already, be it another process's or this one's. */
async function examineRest(config: Config): Promise<Finding[]> {
  const sandbox = config.sandbox ? await startSandbox() : null;
  try {
    return await inWorkspace(sandbox?.urls ?? null, async ({ ctx }) => [
      ...(await checkSecrets(ctx)),
      ...(await checkPlatforms(ctx)),
      ...(await checkMetaClock(ctx, sandbox?.urls.meta ?? config.meta.graphUrl)),
      ...(await checkQueue(ctx)),
      ...(await checkMail(ctx)),
    ]);
  } finally {
    await sandbox?.close();
  }
}

/** Only where accounts are connected: nobody else's machine is called for nothing. */
async function checkMetaClock(ctx: Context, url: string): Promise<Finding[]> {
  if ((await ctx.db.prisma.adAccount.count({ where: { platform: 'META' } })) === 0) return [];
  const finding = await checkRemoteClock('Meta', url, ctx.now);
  return finding ? [finding] : [];
}

function noDatabase(error: unknown): Finding {
  const { message } = describeFailure(error);
  return fail('database', message ?? 'cannot be used', 'Nothing else can be checked until this is mended.');
}

function printFindings(findings: readonly Finding[]): void {
  printTable(
    ['STATUS', 'CHECK', 'FOUND'],
    findings.map(({ status, check, message }) => [status, check, message.replaceAll('\n', ' ')]),
  );
  const todos = findings.filter((finding) => finding.todo !== null);
  if (todos.length > 0) printLine('\nWhat to do:');
  for (const { check, todo } of todos) printLine(`  ${check}: ${todo ?? ''}`);
}
