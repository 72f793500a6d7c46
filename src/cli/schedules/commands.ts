import type { Command } from '@commander-js/extra-typings';
import { dryRun, example, exitWith, json, wholeNumber } from '../declare.ts';

const load = () => import('../schedules.ts');

const ID = 'from `schedules list`';
const CRON = 'minute hour day month weekday; or six fields with seconds first';
const ZONE = 'IANA name, such as Europe/Warsaw';
const PARAMETERS = "an object after the job's own rules";

export function addSchedules(schedules: Command): void {
  addReading(schedules);
  addChanges(schedules);
  addSwitches(schedules);
}

function addReading(schedules: Command): void {
  schedules
    .command('list')
    .description('every schedule: when it runs next, and how it went')
    .addOption(json())
    .addHelpText('after', example('tributary schedules list'))
    .action(async (options) => exitWith((await load()).runSchedulesList(options)));
  schedules
    .command('preview')
    .description('when such a schedule would run')
    .requiredOption('--cron <expression>', CRON)
    .requiredOption('--timezone <zone>', ZONE)
    .option('--count <number>', 'so many moments, 1 to 10', wholeNumber, 5)
    .addOption(json())
    .addHelpText('after', example("tributary schedules preview --cron '0 2 1 * *' --timezone Europe/Warsaw"))
    .action(async (options) => exitWith((await load()).runSchedulesPreview(options)));
}

function addChanges(schedules: Command): void {
  schedules
    .command('add')
    .description('add a schedule; shows when it runs next')
    .requiredOption('--kind <job>', 'ADS_SYNC, …')
    .requiredOption('--cron <expression>', CRON)
    .requiredOption('--timezone <zone>', ZONE)
    .option('--client <slug>', 'only this client')
    .option('--parameters <json>', PARAMETERS)
    .option('--disabled', 'let it not run yet')
    .addOption(dryRun())
    .addOption(json())
    .addHelpText('after', example(ADD))
    .action(async (options) => exitWith((await load()).runSchedulesAdd(options)));
  schedules
    .command('update')
    .description('change what is given of a schedule; shows when it runs next')
    .argument('<id>', ID)
    .option('--kind <job>', 'ADS_SYNC, …')
    .option('--cron <expression>', CRON)
    .option('--timezone <zone>', ZONE)
    .option('--client <slug>', 'only this client; `*` = every client')
    .option('--parameters <json>', PARAMETERS)
    .addOption(dryRun())
    .addOption(json())
    .addHelpText('after', example(`tributary schedules update ${SOME_ID} --cron '35 * * * *' --dry-run`))
    .action(async (id, options) => exitWith((await load()).runSchedulesUpdate(id, options)));
  schedules
    .command('remove')
    .description('delete a schedule; its runs stay')
    .argument('<id>', ID)
    .addOption(dryRun())
    .addOption(json())
    .addHelpText('after', example(`tributary schedules remove ${SOME_ID}`))
    .action(async (id, options) => exitWith((await load()).runSchedulesRemove(id, options)));
}

const SOME_ID = '4d9f6a52-7b1e-4a53-9c0e-5a4b8a0c1d2e';
const ADD = `tributary schedules add --kind ADS_SYNC --cron '5 6 * * *' --timezone Europe/Warsaw --client tau-coffee \\
      --parameters '{"days":7}' --dry-run`;

function addSwitches(schedules: Command): void {
  for (const [name, enabled, description] of [
    ['enable', true, 'let a schedule run; nothing from before is caught up'],
    ['disable', false, 'let a schedule not run for now'],
  ] as const) {
    schedules
      .command(name)
      .description(description)
      .argument('<id>', ID)
      .addOption(dryRun())
      .addOption(json())
      .addHelpText('after', example(`tributary schedules ${name} ${SOME_ID}`))
      .action(async (id, options) =>
        exitWith((await load()).runSchedulesUpdate(id, { ...options, enabled })),
      );
  }
  for (const [name, running, description] of [
    ['pause', false, 'let nothing start by any schedule, in every process and over restarts'],
    ['resume', true, 'let schedules start jobs again; what was missed is caught up'],
  ] as const) {
    schedules
      .command(name)
      .description(description)
      .addOption(dryRun())
      .addOption(json())
      .addHelpText('after', example(`tributary schedules ${name}`))
      .action(async (options) => exitWith((await load()).runSchedulesSwitch(running, options)));
  }
}
