import { z } from 'zod';
import type { Context } from '../../context.ts';
import { badInput } from '../../errors.ts';
import { requireClient } from '../access.ts';
import type { ChildRow, ChildTable } from './sql.ts';
import { childStatements } from './sql.ts';

export interface ChildrenRequest {
  clientId: string;
  table: ChildTable;
  campaigns: readonly { accountId: string; externalId: string }[];
  first: number;
  after: string | null;
}

const cursorShape = z.tuple([z.string(), z.uuid()]);

/**
 * The ad sets or ads of many campaigns in one statement, up to `first` + 1 each: the one more tells whether a page
 * follows. Throws NOT_FOUND (client) and BAD_USER_INPUT (a cursor of something else).
 */
export function readChildren(ctx: Context, request: ChildrenRequest): Promise<ChildRow[]> {
  requireClient(ctx, request.clientId);
  const [afterName, afterId] = request.after === null ? [null, null] : readChildCursor(request.after);
  return childStatements[request.table].all(
    ctx.db.pool,
    request.clientId,
    [...new Set(request.campaigns.map((campaign) => campaign.accountId))],
    [...new Set(request.campaigns.map((campaign) => campaign.externalId))],
    afterName,
    afterId,
    request.first + 1,
  );
}

export function writeChildCursor(child: ChildRow): string {
  return Buffer.from(JSON.stringify([child.name, child.id])).toString('base64url');
}

function readChildCursor(text: string): [string, string] {
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw badInput('after is not a cursor of this list: take endCursor of its last page.');
  }
}
