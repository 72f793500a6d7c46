import { z } from 'zod';
import type { Context } from '../../context.ts';
import { badInput } from '../../errors.ts';
import type { DayRange } from '../../lib/days.ts';
import { requireClient } from '../access.ts';
import type { RevisionRow } from './sql.ts';
import { revisionPage } from './sql.ts';

export interface RevisionPageRequest {
  clientId: string;
  range: DayRange;
  /** Only what changed after this moment: what `asOf` of the same moment does not show yet. Null = everything. */
  since: Date | null;
  first: number;
  after: string | null;
}

export interface RevisionPage {
  revisions: { cursor: string; revision: RevisionRow }[];
  hasNextPage: boolean;
}

const cursorShape = z.tuple([z.literal('revision'), z.string().regex(/^\d{1,18}$/)]);

/** One page of a client's revisions, newest first. Throws NOT_FOUND (client) and BAD_USER_INPUT (a foreign cursor). */
export async function pageRevisions(ctx: Context, request: RevisionPageRequest): Promise<RevisionPage> {
  requireClient(ctx, request.clientId);
  const { clientId, range, since, first } = request;
  const before = request.after === null ? null : readCursor(request.after);
  const rows = await revisionPage.all(ctx.db.pool, clientId, range.from, range.to, since, before, first + 1);
  return {
    revisions: rows.slice(0, first).map((revision) => ({ cursor: writeCursor(revision.id), revision })),
    hasNextPage: rows.length > first,
  };
}

function writeCursor(id: string): string {
  return Buffer.from(JSON.stringify(['revision', id])).toString('base64url');
}

function readCursor(text: string): string {
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))[1];
  } catch {
    throw badInput('after is not a cursor of this list: take endCursor of its last page.');
  }
}
