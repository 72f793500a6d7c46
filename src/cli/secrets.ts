import type { Context } from '../context.ts';
import type { KeyUse } from '../services/credentials/keyUse.ts';
import { readKeyUse } from '../services/credentials/keyUse.ts';
import type { Rotation } from '../services/credentials/rotate.ts';
import { planRotation, rotateSecrets } from '../services/credentials/rotate.ts';
import type { ExitCode } from './exit.ts';
import { EXIT } from './exit.ts';
import { printJson, printLine, printNote, printTable } from './print.ts';
import { inWorkspace } from './workspace.ts';

export interface SecretsRotateOptions {
  prune?: true | undefined;
  dryRun?: true | undefined;
  json?: true | undefined;
}

/** Prints the keys by name and how many stored values each encrypted; 1 when a key that is needed is missing. */
export async function runSecretsStatus(options: { json?: true | undefined }): Promise<ExitCode> {
  const keys = await inWorkspace(null, ({ ctx }) => readKeyUse(ctx));
  if (options.json) printJson({ keys });
  else printKeys(keys);
  return keys.every(({ present }) => present) ? EXIT.DONE : EXIT.FAILED;
}

/** Encrypts everything anew under the first key; PARTIAL when some of it cannot be opened. */
export async function runSecretsRotate(options: SecretsRotateOptions): Promise<ExitCode> {
  return inWorkspace(null, ({ ctx }) => (options.dryRun ? plan(ctx, options) : rotate(ctx, options)));
}

async function plan(ctx: Context, { json }: SecretsRotateOptions): Promise<ExitCode> {
  const planned = await planRotation(ctx);
  if (json) printJson(planned);
  else {
    const { wouldMakeKey, wouldReseal, keys } = planned;
    if (wouldMakeKey) printLine('Would make a new key.');
    printLine(`Would encrypt ${String(wouldReseal)} stored values anew.`);
    printKeys(keys);
  }
  return EXIT.DONE;
}

async function rotate(ctx: Context, { prune, json }: SecretsRotateOptions): Promise<ExitCode> {
  const isOurs = ctx.secretKeys.replace !== null;
  const onProgress = json ? () => undefined : showProgress();
  const rotation = await rotateSecrets(ctx, { prune: prune === true, onProgress });
  if (json) printJson(rotation);
  else printRotation(rotation, isOurs);
  return rotation.closed.length === 0 ? EXIT.DONE : EXIT.PARTIAL;
}

function showProgress(): (done: number, total: number) => void {
  let shown = 0;
  return (done, total) => {
    if (done === shown) return;
    shown = done;
    printNote(`${String(done)} of ${String(total)} encrypted anew`);
  };
}

function printRotation(rotation: Rotation, isOurs: boolean): void {
  const { madeKey, resealed, closed, pruned, keys } = rotation;
  if (madeKey !== null) printLine(`Made the key ${madeKey}.`);
  else if (isOurs) printLine('Finished an earlier rotation; run it again for a new key.');
  printLine(`Encrypted ${String(resealed)} stored values anew.`);
  if (pruned.length > 0) {
    printLine(
      `Removed ${pruned.join(', ')}. A backup of the database from before needs the key file of then.`,
    );
  }
  printKeys(keys);
  for (const { store, id, keyId } of closed) {
    printNote(
      `${store} ${id} (key ${keyId}) cannot be opened: put the key back, or connect the account again.`,
    );
  }
  printNext(rotation, isOurs);
}

function printNext({ unused }: Rotation, isOurs: boolean): void {
  if (unused.length === 0) return;
  const names = unused.join(', ');
  printLine(
    isOurs
      ? `Nothing needs ${names} any more: tributary secrets rotate --prune removes what is not needed.`
      : `Nothing needs ${names} any more: take it out of TRIBUTARY_SECRET_KEYS once every process has the first key.`,
  );
}

function printKeys(keys: readonly KeyUse[]): void {
  printTable(
    ['KEY', 'VALUES', 'USE'],
    keys.map((key) => [key.id, String(key.rows), useOf(key)]),
  );
}

function useOf({ present, encrypts }: KeyUse): string {
  if (!present) return 'MISSING: put it back, or connect the accounts again';
  return encrypts ? 'encrypts' : 'decrypts';
}
