import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { ExitCode } from './exit.ts';

/* What the declarations of all commands share. */

export const json = () => new Option('--json', 'print one line of JSON');

export const dryRun = () => new Option('--dry-run', 'check and say what would be done, and change nothing');

export function example(line: string): string {
  return `\nExample:\n  $ ${line}`;
}

export async function exitWith(outcome: Promise<ExitCode>): Promise<void> {
  process.exitCode = await outcome;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
