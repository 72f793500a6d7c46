import type { Context } from '../../context.ts';
import type { Credential } from '../../generated/prisma/client.ts';
import { unsealToken } from '../../services/credentials/seal.ts';
import type { Finding } from './check.ts';
import { fail, ok } from './check.ts';

/** Whether the key ring opens every stored credential. Counts only. */
export async function checkSecrets(ctx: Context): Promise<Finding[]> {
  const stored = await ctx.db.prisma.credential.findMany();
  const closed = stored.filter((credential) => !opens(ctx, credential));
  if (closed.length === 0)
    return [ok('secrets', `${String(stored.length)} stored credentials, all can be opened`)];
  const known = new Set(ctx.secretKeys.all().map((key) => key.id));
  const missing = [...new Set(closed.map((credential) => credential.keyId))].filter((id) => !known.has(id));
  const todo =
    missing.length > 0
      ? `Put the keys they were encrypted with back into TRIBUTARY_SECRET_KEYS: ${missing.join(', ')}.`
      : 'The keys are not those they were encrypted with: put those back, or connect the accounts again.';
  return [
    fail(
      'secrets',
      `${String(closed.length)} of ${String(stored.length)} credentials cannot be opened`,
      todo,
    ),
  ];
}

function opens(ctx: Context, credential: Credential): boolean {
  try {
    unsealToken(ctx.secretKeys, credential, credential);
    return true;
  } catch {
    return false;
  }
}
