import { z } from 'zod';
import type { Context } from '../../context.ts';
import { AppError, badInput } from '../../errors.ts';
import type { Client } from '../../generated/prisma/client.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { requireAdmin } from '../access.ts';
import { currency, name, parseInput, timezone } from '../parse.ts';
import { slugOf } from './slug.ts';

const LONGEST_HISTORY_MONTHS = 37;

const createInput = z.object({
  name,
  slug: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters, digits and single hyphens')
    .max(60, 'must have at most 60 characters')
    .nullish(),
  timezone,
  currency,
  backfillMonths: z.int().min(0).max(LONGEST_HISTORY_MONTHS).nullish(),
});

/**
 * Creates a client with every platform's default goals. The slug is made from the name unless given.
 * `backfillMonths` of history are read when an account is connected.
 * Throws FORBIDDEN, BAD_USER_INPUT, or CONFLICT when the slug is taken.
 */
export async function createClient(ctx: Context, input: z.input<typeof createInput>): Promise<Client> {
  requireAdmin(ctx);
  const wanted = parseInput(createInput, input);
  const slug = wanted.slug ?? slugOf(wanted.name);
  if (!slug) throw badInput('slug cannot be made from this name: give one of lower-case letters and digits.');
  try {
    return await ctx.db.prisma.client.create({
      data: {
        name: wanted.name,
        slug,
        timezone: wanted.timezone,
        currency: wanted.currency,
        backfillMonths: wanted.backfillMonths ?? 0,
        goals: { create: defaultGoals(ctx) },
      },
    });
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') {
      throw new AppError('CONFLICT', `A client with the slug "${slug}" exists already: give another slug.`);
    }
    throw error;
  }
}

function defaultGoals(ctx: Context): Prisma.GoalCreateWithoutClientInput[] {
  return [...ctx.platforms.values()].flatMap((platform) =>
    platform.defaultGoals.map((goal, position) => ({
      platform: platform.key,
      name: goal.name,
      position,
      actionTypes: [...goal.actionTypes],
    })),
  );
}
