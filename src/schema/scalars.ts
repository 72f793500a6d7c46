import { GraphQLError, Kind } from 'graphql';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';
import { Prisma } from '../generated/prisma/client.ts';
import { isDay } from '../lib/days.ts';
import { builder } from './builder.ts';

builder.addScalarType('DateTime', DateTimeResolver);
builder.addScalarType('JSON', JSONResolver);

builder.scalarType('Date', {
  description: 'A calendar day, `YYYY-MM-DD`, in the time zone that the field states.',
  serialize: (day) => day,
  parseValue: (value) => parseDay(value),
  parseLiteral: (node) => parseDay(node.kind === Kind.STRING ? node.value : undefined),
});

builder.scalarType('Decimal', {
  description: 'An exact decimal number as text: `"58705.23"`. Never a float.',
  serialize: (value) => new Prisma.Decimal(value).toFixed(),
  parseValue: (value) => parseDecimal(value),
  parseLiteral: (node) =>
    parseDecimal(
      node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT
        ? node.value
        : undefined,
    ),
});

builder.scalarType('Count', {
  description: 'An exact whole number. An error, never a rounded figure, beyond 2^53 - 1.',
  serialize: (value) => {
    const number = Number(value.toString());
    if (!Number.isSafeInteger(number))
      throw new GraphQLError('A count is beyond 2^53 - 1: ask for a shorter range.');
    return number;
  },
  parseValue: (value) => parseCount(value),
  parseLiteral: (node) => parseCount(node.kind === Kind.INT ? Number(node.value) : undefined),
});

function parseDay(value: unknown): string {
  if (typeof value === 'string' && isDay(value)) return value;
  throw new GraphQLError('A Date must be a day that exists, such as "2026-10-31".');
}

function parseDecimal(value: unknown): string {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && /^-?\d{1,30}(\.\d{1,18})?$/.test(text)) return text;
  throw new GraphQLError('A Decimal must be text such as "12.30".');
}

function parseCount(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new GraphQLError('A Count must be a whole number.');
}
