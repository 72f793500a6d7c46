import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { ROLES } from '../db/enums.ts';
import { example, exitWith, json, wholeNumber } from './declare.ts';
import { addSchedules } from './schedules/commands.ts';

/** The command line. A command's own file, and with it the product, is loaded only when the command is called. */
export function createProgram(version: string): Command {
  const program = new Command('tributary')
    .description(
      'Ad-performance server: campaigns, spend and conversions of many clients as one GraphQL API.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part.');
  addServing(program);
  addCare(program);
  addSync(program);
  addBackfill(program);
  addCloseMonth(program);
  addClients(program.command('clients').description('the clients of this installation'));
  addSchedules(program.command('schedules').description('when jobs run'));
  addKeys(program.command('keys').description('API keys'));
  addUsers(program.command('users').description('people who sign in'));
  addSecrets(program.command('secrets').description('the keys that encrypt stored tokens'));
  return program;
}

function addServing(program: Command): void {
  program
    .command('start')
    .description('start the server: API, jobs and, unless turned off, the pretended platforms')
    .addOption(json())
    .addHelpText('after', example('PORT=0 tributary start --json'))
    .action(async (options) => exitWith((await import('./start.ts')).runStart(options)));
  program
    .command('sandbox')
    .description('start the pretended platforms alone')
    .option('--port <number>', 'port of the pretended Graph API; a free one unless given', wholeNumber)
    .option('--recorded <file>', 'serve a recorded CSV as the account act_1000000001')
    .option('--month <YYYY-MM>', 'the month its days are moved into')
    .addOption(json())
    .addHelpText('after', example('tributary sandbox --recorded month.csv --month 2026-10 --json'))
    .action(async (options) => exitWith((await import('./sandbox.ts')).runSandbox(options)));
}

function addCare(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to date')
    .addHelpText('after', example('DATABASE_URL=postgresql://db.example.com/ads tributary migrate'))
    .action(async () => exitWith((await import('./migrate.ts')).runMigrate()));
  program
    .command('doctor')
    .description('check database, secrets, platforms, clock and job queue')
    .addOption(json())
    .addHelpText('after', example('tributary doctor'))
    .action(async (options) => exitWith((await import('./doctor.ts')).runDoctor(options)));
  program
    .command('schema')
    .description('print the GraphQL schema')
    .addHelpText('after', example('tributary schema > schema.graphql'))
    .action(async () => exitWith((await import('./schema.ts')).runSchema()));
}

function addSync(program: Command): void {
  program
    .command('sync')
    .description('read figures from the platforms: the last 30 days of every client')
    .option('--client <slug>', 'only this client')
    .option('--platform <name>', 'only this platform')
    .addOption(days())
    .option('--from <day>', 'first day, YYYY-MM-DD; with --to')
    .option('--to <day>', 'last day, included')
    .option('--dry-run', 'say what would be read, and read nothing')
    .addOption(json())
    .addHelpText('after', example('tributary sync --client tau-coffee --days 7'))
    .action(async (options) => exitWith((await import('./sync.ts')).runSync(options)));
}

function addBackfill(program: Command): void {
  program
    .command('backfill')
    .description('read the history that is missing, newest months first')
    .option('--months <number>', 'calendar months back, this one included', wholeNumber)
    .option('--client <slug...>', 'only these clients')
    .option('--platform <name>', 'only this platform')
    .option('--force', 'also read days that are stored and can no longer change')
    .option('--dry-run', 'print the plan, and change nothing')
    .addOption(
      new Option('--resume <run>', 'go on with a run that was left').conflicts([
        ...['months', 'client', 'platform', 'force', 'dryRun'],
      ]),
    )
    .addOption(json())
    .addHelpText('after', example('tributary backfill --months 24 --client tau-coffee --dry-run'))
    .action(async (options) => exitWith((await import('./backfill.ts')).runBackfill(options)));
}

function addCloseMonth(program: Command): void {
  program
    .command('close-month')
    .description('capture a month of every client, and read before what of it is missing or can still change')
    .argument('<month>', 'YYYY-MM')
    .option('--client <slug>', 'only this client')
    .option('--platform <name>', 'only this platform')
    .option('--force', 'read all of it again, and let poor replace rich; a FINAL month is only compared')
    .option('--dry-run', 'say what would be done, and read and write nothing')
    .addOption(json())
    .addHelpText('after', example('tributary close-month 2026-09 --client tau-coffee'))
    .action(async (month, options) =>
      exitWith((await import('./closeMonth.ts')).runCloseMonth(month, options)),
    );
}

const days = () =>
  new Option('--days <number>', 'this many days, up to today')
    .argParser(wholeNumber)
    .conflicts(['from', 'to']);

function addClients(clients: Command): void {
  clients
    .command('list')
    .description('every client')
    .addOption(json())
    .addHelpText('after', example('tributary clients list'))
    .action(async (options) => exitWith((await import('./clients.ts')).runClientsList(options)));
  clients
    .command('add')
    .description('add a client')
    .requiredOption('--name <name>', 'as people write it')
    .requiredOption('--timezone <zone>', 'IANA name: its days are days there')
    .requiredOption('--currency <code>', 'ISO 4217: what it reports in')
    .option('--slug <slug>', 'its name in commands and URLs; made from the name unless given')
    .addOption(json())
    .addHelpText(
      'after',
      example('tributary clients add --name "Café Nord" --timezone Europe/Oslo --currency NOK'),
    )
    .action(async (options) => exitWith((await import('./clients.ts')).runClientsAdd(options)));
  clients
    .command('goals')
    .description('what counts as a conversion of a client; with --template, set it')
    .argument('<slug>', 'from `clients list`')
    .option('--platform <name>', 'only this platform')
    .option('--template <key>', 'take these goals and compute the stored history anew; DEFAULT, …')
    .option('--dry-run', 'with --template: say how much would be computed anew, and change nothing')
    .addOption(json())
    .addHelpText('after', example('tributary clients goals tau-coffee --template DEFAULT --dry-run'))
    .action(async (slug, options) => exitWith((await import('./goals.ts')).runClientsGoals(slug, options)));
}

function addKeys(keys: Command): void {
  keys
    .command('list')
    .description('every API key, without its secret')
    .addOption(json())
    .addHelpText('after', example('tributary keys list'))
    .action(async (options) => exitWith((await import('./keys.ts')).runKeysList(options)));
  keys
    .command('create')
    .description('create an API key; its secret is shown this once')
    .requiredOption('--name <name>', 'what or whom it is for')
    .addOption(new Option('--role <role>', 'ADMIN sees and changes all').choices(ROLES).makeOptionMandatory())
    .option('--client <slug...>', 'the clients a VIEWER sees')
    .option('--expires <when>', 'when it ends: 2027-01-31 (00:00 UTC) or 2027-01-31T12:00:00Z', instant)
    .addOption(json())
    .addHelpText('after', example('tributary keys create --name dashboard --role VIEWER --client tau-coffee'))
    .action(async (options) => exitWith((await import('./keys.ts')).runKeysCreate(options)));
  keys
    .command('revoke')
    .description('end an API key for good')
    .argument('<id>', 'from `keys list`')
    .addHelpText('after', example('tributary keys revoke 4d9f6a52-7b1e-4a53-9c0e-5a4b8a0c1d2e'))
    .action(async (id) => exitWith((await import('./keys.ts')).runKeysRevoke(id)));
}

function addSecrets(secrets: Command): void {
  secrets
    .command('status')
    .description('every encryption key by name, and how many stored values it encrypted')
    .addOption(json())
    .addHelpText('after', example('tributary secrets status'))
    .action(async (options) => exitWith((await import('./secrets.ts')).runSecretsStatus(options)));
  secrets
    .command('rotate')
    .description('encrypt every stored token anew, while servers run')
    .option('--prune', 'remove keys that nothing needs any more')
    .option('--dry-run', 'say what would be done, and change nothing')
    .addOption(json())
    .addHelpText('after', ROTATE_HELP + example('tributary secrets rotate'))
    .action(async (options) => exitWith((await import('./secrets.ts')).runSecretsRotate(options)));
}

const ROTATE_HELP = `
With the embedded database a new key is made in the data folder. With TRIBUTARY_SECRET_KEYS put the new key first, keep
the old one behind it, restart every process, and call this then; it says when the old one may go.
Stopped half-way, it goes on when called again.
`;

function addUsers(users: Command): void {
  users
    .command('list')
    .description('everybody who may sign in')
    .addOption(json())
    .addHelpText('after', example('tributary users list'))
    .action(async (options) => exitWith((await import('./users.ts')).runUsersList(options)));
  users
    .command('invite')
    .description('invite somebody; the token of the invitation is shown this once')
    .requiredOption('--email <address>', 'what they sign in with')
    .requiredOption('--name <name>', 'as people write it')
    .addOption(new Option('--role <role>', 'ADMIN sees and changes all').choices(ROLES).makeOptionMandatory())
    .option('--client <slug...>', 'the clients a VIEWER sees')
    .addOption(json())
    .addHelpText(
      'after',
      example('tributary users invite --email an@example.com --name An --role VIEWER --client tau-coffee'),
    )
    .action(async (options) => exitWith((await import('./users.ts')).runUsersInvite(options)));
  users
    .command('disable')
    .description("end a user's sessions and let none begin")
    .argument('<who>', 'id or e-mail')
    .addHelpText('after', example('tributary users disable an@example.com'))
    .action(async (who) => exitWith((await import('./users.ts')).runUsersDisable(who)));
}

function instant(text: string): Date {
  const isWritten = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const parsed = new Date(text);
  // A day that does not exist rolls over into the next month.
  const exists = isWritten && !Number.isNaN(parsed.getTime()) && !Number.isNaN(Date.parse(text.slice(0, 10)));
  if (
    !exists ||
    new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().slice(0, 10) !== text.slice(0, 10)
  ) {
    throw new InvalidArgumentError('It must be a day (2027-01-31) or an instant (2027-01-31T12:00:00Z).');
  }
  return parsed;
}
