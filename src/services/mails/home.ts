import type { Context } from '../../context.ts';

/** Where people open this installation; null in a process that serves none and was not told. */
export function homeOf(ctx: Pick<Context, 'publicUrl'>): string | null {
  try {
    return ctx.publicUrl();
  } catch {
    return null;
  }
}
