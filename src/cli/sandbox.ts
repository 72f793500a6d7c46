import { startSandbox } from '../../sandbox/index.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import { errorCode, errorText } from '../db/errors.ts';
import { AppError, badInput } from '../errors.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine } from './print.ts';
import { stopSignal } from './stopSignal.ts';

export interface SandboxOptions {
  port?: number | undefined;
  recorded?: string | undefined;
  month?: string | undefined;
  json?: true | undefined;
}

/** Runs the pretended platforms until a signal; needs neither settings nor a database. */
export async function runSandbox(options: SandboxOptions): Promise<ExitCode> {
  const stopped = stopSignal();
  const sandbox = await open(options);
  const { urls } = sandbox;
  if (options.json) printJson({ ready: true, ...urls });
  else printPlaces(sandbox, options);
  await stopped;
  await sandbox.close();
  return EXIT.DONE;
}

async function open({ port, recorded: file, month }: SandboxOptions): Promise<Sandbox> {
  if (port !== undefined && port > 65_535) throw badInput('--port must be a number from 0 to 65535.');
  if ((file === undefined) !== (month === undefined)) throw badInput('Give --recorded and --month together.');
  try {
    return await startSandbox({
      ...(port === undefined ? {} : { metaPort: port }),
      ...(file === undefined || month === undefined ? {} : { recorded: { file, month } }),
    });
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') {
      throw new AppError(
        'CONFLICT',
        `Port ${String(port)} is taken: give another --port, or none for a free one.`,
      );
    }
    if (file === undefined) throw error;
    const reason = errorCode(error) === 'ENOENT' ? `there is no file ${file}` : errorText(error);
    throw badInput(`The recording cannot be served: ${reason}.`);
  }
}

function printPlaces({ urls, demoClients }: Sandbox, { recorded }: SandboxOptions): void {
  printLine('The pretended platforms are ready.');
  printLine(`  Meta      ${urls.meta}  (META_GRAPH_URL of a server with TRIBUTARY_SANDBOX=false)`);
  printLine(`  Google    ${urls.google}  (GOOGLE_ADS_URL and GOOGLE_OAUTH_URL)`);
  if (recorded !== undefined)
    printLine('  Recorded  act_1000000001, with any token that begins with sandbox-');
  for (const { slug, accounts } of demoClients) {
    const ids = accounts.map(({ externalId, loginCustomerId }) =>
      loginCustomerId === undefined ? externalId : `${externalId} through ${loginCustomerId}`,
    );
    printLine(`  Account   ${ids.join(', ')}, token sandbox-${slug}`);
  }
  printLine('Ctrl-C stops them.');
}
