import type { SyncPlan } from '../../services/sync/plan.ts';
import { lengthOf } from '../../services/sync/plan.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { formatCount } from './progress.ts';

/** What a sync would read, as JSON on one line or as a table. */
export function printPlan(plan: SyncPlan, isJson: boolean): void {
  const accounts = plan.accounts.map(({ account, range }) => ({
    platform: account.platform,
    account: account.externalId,
    ...range,
    days: lengthOf(range),
  }));
  if (isJson) return printJson({ dryRun: true, slices: plan.slices, accounts });
  if (accounts.length === 0)
    return printLine('Nothing to read: no active client has an ad account for these days.');
  printTable(
    ['PLATFORM', 'ACCOUNT', 'FROM', 'TO', 'DAYS'],
    accounts.map(({ platform, account, from, to, days }) => [platform, account, from, to, String(days)]),
  );
  return printLine(`Would read ${formatCount(plan.slices)} account-days. Nothing was changed.`);
}
