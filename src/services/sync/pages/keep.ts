import type { AccountDay, Bookmark, InsightPage } from '../../../connectors/ads/contract.ts';
import type { Context } from '../../../context.ts';
import type { Sql } from '../../../db/sql.ts';
import type { DayRange } from '../../../lib/days.ts';
import { daysOf } from '../../../lib/days.ts';
import type { TaskWork } from '../../runs/task.ts';
import type { PageContent } from './content.ts';
import {
  KINDS,
  packPage,
  packStored,
  packTotals,
  unpackPage,
  unpackStored,
  unpackTotals,
} from './content.ts';
import type { KeptHead } from './sql.ts';
import { dropWindow, keptContent, keptHeads, markWindow } from './sql.ts';

/** What was kept of a window that is not stored yet. */
export interface KeptWindow {
  window: DayRange;
  /** When its first page was asked for. */
  readAt: Date;
  /** Places of its pages, in the order they were read. */
  pages: number[];
  /** Where its reading goes on; null when the last page is here. */
  next: Bookmark | null;
  /** The place of the account's totals; null when they were not asked for yet. */
  totals: number | null;
}

/** A window that this task has stored. */
export interface StoredWindow {
  window: DayRange;
  /** How many rows it had brought. */
  rows: number;
}

/**
 * The pages of one task. Every page is kept before the next one is asked for, so that a kill costs the page that was on
 * its way and no other. They go when their window is stored, and what is left goes when the task ends.
 */
export class TaskPages {
  /** Windows read in part or whole, newest first. */
  readonly unstored: readonly KeptWindow[];
  /** Windows stored, newest first: their days are not read again, also those that the platform would not serve. */
  readonly stored: readonly StoredWindow[];
  /** Where the structure goes on: undefined = from the beginning, null = it was read whole. */
  readonly structureNext: Bookmark | null | undefined;
  readonly #sql: Sql;
  readonly #task: TaskWork;
  readonly #clientId: string;
  #seq: number;

  private constructor(input: { sql: Sql; task: TaskWork; clientId: string }, heads: readonly KeptHead[]) {
    this.#sql = input.sql;
    this.#task = input.task;
    this.#clientId = input.clientId;
    this.#seq = heads.at(-1)?.seq ?? 0;
    const windows = [...byWindow(heads)].sort((a, b) => (a.window.to < b.window.to ? 1 : -1));
    this.stored = windows.flatMap(storedOf);
    this.unstored = windows.filter((kept) => storedOf(kept).length === 0).map(keptOf);
    this.structureNext = heads.findLast((head) => head.window_from === null)?.next;
  }

  /** What earlier tries of the task kept. */
  static async load(ctx: Context, task: TaskWork, clientId: string): Promise<TaskPages> {
    const sql = ctx.db.pool;
    return new TaskPages({ sql, task, clientId }, await keptHeads.all(sql, clientId, task.taskId));
  }

  async page(place: number): Promise<PageContent> {
    return unpackPage(await this.#content(place));
  }

  async totals(place: number): Promise<AccountDay[] | null> {
    return unpackTotals(await this.#content(place));
  }

  /** `save` stores the page itself: its objects are good whatever comes after it. */
  keepStructure(next: Bookmark | null, readAt: Date, save: (sql: Sql) => Promise<void>): Promise<void> {
    return this.#task.keep({ seq: this.#place(), window: null, readAt, next, content: '' }, save);
  }

  keepPage(kept: Pick<KeptWindow, 'window' | 'readAt'>, page: InsightPage): Promise<void> {
    const { window, readAt } = kept;
    return this.#task.keep({ seq: this.#place(), window, readAt, next: page.next, content: packPage(page) });
  }

  keepTotals(
    kept: Pick<KeptWindow, 'window' | 'readAt'>,
    totals: readonly AccountDay[] | null,
  ): Promise<void> {
    const { window, readAt } = kept;
    return this.#task.keep({ seq: this.#place(), window, readAt, next: null, content: packTotals(totals) });
  }

  /** In the transaction that stores the window: its pages go, a mark stays. */
  async replace(sql: Sql, { window, readAt }: Pick<KeptWindow, 'window' | 'readAt'>, rows: number) {
    const { from, to } = window;
    await dropWindow.run(sql, this.#clientId, this.#task.taskId, from, to);
    const mark = packStored(rows);
    await markWindow.run(sql, this.#clientId, this.#task.taskId, this.#place(), from, to, readAt, mark);
  }

  /** Days of the windows this task has stored. */
  storedDays(): Set<string> {
    return new Set(this.stored.flatMap(({ window }) => daysOf(window)));
  }

  #place(): number {
    this.#seq += 1;
    return this.#seq;
  }

  async #content(place: number): Promise<string> {
    const row = await keptContent.maybe(this.#sql, this.#clientId, this.#task.taskId, place);
    if (!row) throw new Error('A kept page is gone: another try holds the task.');
    return row.content;
  }
}

interface WindowHeads {
  window: DayRange;
  readAt: Date;
  heads: KeptHead[];
}

function byWindow(heads: readonly KeptHead[]): Iterable<WindowHeads> {
  const windows = new Map<string, WindowHeads>();
  for (const head of heads) {
    if (head.window_from === null || head.window_to === null) continue;
    const window = { from: head.window_from, to: head.window_to };
    const key = `${window.from} ${window.to}`;
    const known = windows.get(key);
    if (known) known.heads.push(head);
    else windows.set(key, { window, readAt: head.read_at, heads: [head] });
  }
  return windows.values();
}

function storedOf({ window, heads }: WindowHeads): StoredWindow[] {
  const mark = heads.find((head) => head.opening.startsWith(KINDS.stored));
  return mark ? [{ window, rows: unpackStored(mark.opening) }] : [];
}

function keptOf({ window, readAt, heads }: WindowHeads): KeptWindow {
  const pages = heads.filter((head) => head.opening.startsWith(KINDS.page));
  const totals = heads.find((head) => head.opening.startsWith(KINDS.totals));
  return {
    window,
    readAt,
    pages: pages.map((head) => head.seq),
    // Totals are asked for when the rows are whole, so a window without a page can be whole.
    next: totals ? null : (pages.at(-1)?.next ?? null),
    totals: totals?.seq ?? null,
  };
}
