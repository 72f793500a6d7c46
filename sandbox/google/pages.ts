import { createHash, randomBytes } from 'node:crypto';
import { requestError } from './errors.ts';

export const PAGE_ROWS = 10_000;
const TOKEN_LIFE_MS = 2 * 3_600_000;

/** Where a page of an answer stands. */
export interface PagePlace {
  /** Which answer it belongs to. */
  chain: string;
  offset: number;
  /** The moment of the first page: later pages belong to the same picture. */
  asked: number;
}

/** The place a page token stands for; without one the beginning. Throws requestError for tokens of other queries. */
export function readPageToken(
  token: string | undefined,
  { query, customerId, at }: { query: string; customerId: string; at: Date },
): PagePlace {
  if (token === undefined || token === '') {
    return { chain: randomBytes(8).toString('hex'), offset: 0, asked: at.getTime() };
  }
  const [chain = '', offset = '', asked = '', of = ''] = Buffer.from(token, 'base64url')
    .toString()
    .split(':');
  if (!/^\d+$/.test(offset) || !/^\d+$/.test(asked) || of !== fingerprint(query, customerId))
    throw requestError('INVALID_PAGE_TOKEN', 'Page token is invalid.');
  if (at.getTime() - Number(asked) > TOKEN_LIFE_MS)
    throw requestError('EXPIRED_PAGE_TOKEN', 'Page token has expired.');
  return { chain, offset: Number(offset), asked: Number(asked) };
}

export function writePageToken(place: PagePlace, query: string, customerId: string): string {
  const { chain, offset, asked } = place;
  return Buffer.from(`${chain}:${offset}:${asked}:${fingerprint(query, customerId)}`).toString('base64url');
}

function fingerprint(query: string, customerId: string): string {
  return createHash('sha256').update(`${customerId} ${query}`).digest('base64url').slice(0, 16);
}
