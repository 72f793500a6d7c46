import { describeSchema } from '../schema/index.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';

/** Prints the API as SDL; no database is needed. */
export function runSchema(): Promise<ExitCode> {
  process.stdout.write(describeSchema());
  return Promise.resolve(EXIT.DONE);
}
