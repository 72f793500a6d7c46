// A process of its own that sends the outbox of a database until it is killed. Plain JavaScript, because Node 20 runs
// no TypeScript; the sources come through vite.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [url = '', smtpUrl = ''] = process.argv.slice(2);

async function load(path) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' });
  return module;
}

const { createContext } = await load('../../jobs/support.ts');
const { connectorTo } = await load('../../support/smtp.ts');
const { waitFor } = await load('../../support/waitFor.ts');
const { sendDueMails } = await load('../../../src/services/mails/send.ts');
const { openDatabase } = await load('../../../src/db/client.ts');
const { createLog } = await load('../../../src/lib/log.ts');

const ctx = createContext(openDatabase({ url, log: createLog('silent') }), { mail: connectorTo(smtpUrl) });
const never = new AbortController().signal;
await waitFor(async () => (await sendDueMails(ctx, never)) === null, { within: 60_000, what: 'the kill' });
