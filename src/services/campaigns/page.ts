import { z } from 'zod';
import type { Context } from '../../context.ts';
import { badInput } from '../../errors.ts';
import type { DayRange } from '../../lib/days.ts';
import { requireClient } from '../access.ts';
import type { CampaignOrderField, CampaignPageRow, OrderDirection } from './sql.ts';
import { campaignPage } from './sql.ts';

export interface CampaignFilter {
  platform?: string | null | undefined;
  status?: readonly string[] | null | undefined;
  search?: string | null | undefined;
  accountId?: string | null | undefined;
  trackedOnly?: boolean | null | undefined;
}

export interface CampaignPageRequest {
  clientId: string;
  range: DayRange;
  filter: CampaignFilter;
  order: { field: CampaignOrderField; direction: OrderDirection };
  first: number;
  /** A cursor of the same order. */
  after: string | null;
}

export interface CampaignPage {
  campaigns: { id: string; cursor: string }[];
  hasNextPage: boolean;
}

const cursorShape = z.tuple([z.string(), z.string(), z.string(), z.uuid()]);

/** One page of campaign ids in order. Throws NOT_FOUND (client) and BAD_USER_INPUT (a cursor of another list). */
export async function pageCampaigns(ctx: Context, request: CampaignPageRequest): Promise<CampaignPage> {
  requireClient(ctx, request.clientId);
  const { range, filter, order, first } = request;
  const after = request.after === null ? null : readCursor(request.after, order);
  const rows = await campaignPage(order.field, order.direction).all(
    ctx.db.pool,
    request.clientId,
    range.from,
    range.to,
    filter.platform ?? null,
    filter.status ? [...filter.status] : null,
    filter.search?.trim() || null,
    filter.accountId ?? null,
    filter.trackedOnly ?? false,
    after?.value ?? null,
    after?.id ?? null,
    first + 1,
  );
  return {
    campaigns: rows.slice(0, first).map((row) => ({ id: row.id, cursor: writeCursor(row, order) })),
    hasNextPage: rows.length > first,
  };
}

function writeCursor(row: CampaignPageRow, order: CampaignPageRequest['order']): string {
  return Buffer.from(JSON.stringify([order.field, order.direction, row.sorted_by, row.id])).toString(
    'base64url',
  );
}

function readCursor(text: string, order: CampaignPageRequest['order']): { value: string; id: string } {
  const parsed = cursorShape.safeParse(parseJson(Buffer.from(text, 'base64url').toString('utf8')));
  const [field, direction, value, id] = parsed.data ?? [];
  const fits = field === order.field && direction === order.direction;
  if (
    !fits ||
    value === undefined ||
    id === undefined ||
    (field !== 'NAME' && !/^-?\d+(\.\d+)?$/.test(value))
  ) {
    throw badInput('after is not a cursor of this list in this order: take endCursor of its last page.');
  }
  return { value, id };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
