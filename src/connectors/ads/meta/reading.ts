import { z } from 'zod';
import type { ConnectorError } from '../../errors.ts';
import type { Graph } from './api.ts';
import { GraphError } from './answer.ts';
import { accountCall, callAbout, PAGE_ROWS } from './calls.ts';
import type { Symptom } from './errors.ts';
import { ACTION_FIELDS, CAMPAIGN_STATUSES } from './fields.ts';
import type { Rung } from './ladder.ts';
import { halvesOfDays, nextRung, partsByCampaign } from './ladder.ts';
import type { ListPage } from './pages.ts';
import { pages } from './pages.ts';
import type { Plan } from './plan.ts';
import { START } from './plan.ts';
import type { Part, Question, Subject } from './question.ts';
import { paramsOf } from './question.ts';
import type { Patience } from './report.ts';
import { finished, isUnknown, startReport } from './report.ts';

/** What insights are read with. */
export interface Desk {
  graph: Graph;
  patience: Patience;
  /** Questions about more days than this are answered by a report. */
  syncDays: number;
}

/** A page of the reading. */
export interface Served {
  asked: Question;
  rows: unknown[];
  /** Why the question will not be answered, for people; null when it was. */
  refused: string | null;
  /** What is left after this page. */
  next: Plan;
}

/** So many questions in a row without an answer: not some object is the trouble, but Meta. */
const MAX_GIVEN_UP = 5;

/**
 * Asks the questions of a plan one after the other, in whatever way and size Meta answers them. Pages without rows
 * only tell that the plan has changed (a report was asked for, a question was split). Throws ConnectorError for
 * everything that asking differently does not cure.
 */
export async function* readAnswers(desk: Desk, subject: Subject, start: Plan): AsyncGenerator<Served> {
  let plan = start;
  for (let asked = plan.todo[0]; asked !== undefined; asked = plan.todo[0]) {
    try {
      for await (const page of answersTo(desk, subject, { plan, asked })) {
        plan = page.next;
        yield { asked, refused: null, ...page };
      }
    } catch (error) {
      const trouble = troubleOf(error, plan);
      if (trouble === null) throw error;
      const step = await climb(desk, subject, { plan, asked, trouble });
      plan = step.next;
      yield { asked, rows: [], refused: null, ...step };
    }
  }
}

interface Turn {
  plan: Plan;
  asked: Question;
}

async function* answersTo(
  { graph, patience }: Desk,
  subject: Subject,
  { plan, asked }: Turn,
): AsyncGenerator<{ rows: unknown[]; next: Plan }> {
  const { access } = subject;
  const done: Plan = { todo: plan.todo.slice(1), ...START, givenUp: 0 };
  if (asked.apart) {
    yield { rows: await readApart(graph, subject, asked), next: done };
    return;
  }
  let { report } = plan;
  if (asked.way === 'REPORT' && report === null) {
    report = await startReport(graph, access, paramsOf(subject, asked));
    yield { rows: [], next: { ...plan, ...START, report } };
  }
  if (report !== null && plan.after === null) await finished(graph, { access, id: report }, patience);
  const call =
    report === null ? insightsCall(subject, asked) : callAbout(access, { path: `${report}/insights` });
  const from = { after: plan.after, limit: plan.limit };
  for await (const { rows, next } of pages(graph, { limit: PAGE_ROWS, ...call }, { from })) {
    yield { rows, next: next === null ? done : { ...plan, ...next, report, givenUp: 0 } };
  }
}

function insightsCall(subject: Subject, asked: Question, part?: Part) {
  return { ...accountCall(subject.access, '/insights', paramsOf(subject, asked, part)), limit: PAGE_ROWS };
}

/** Figures first, then actions, put together row by row: a small question, so all of it at once. */
async function readApart(graph: Graph, subject: Subject, asked: Question): Promise<unknown[]> {
  const rows = new Map<string, object>();
  for (const part of ['FIGURES', 'ACTIONS'] as const) {
    for await (const page of pages(graph, insightsCall(subject, asked, part))) {
      for (const row of page.rows) {
        if (typeof row !== 'object' || row === null) continue;
        const key = identityOf(row, subject);
        rows.set(key, { ...rows.get(key), ...row });
      }
    }
  }
  return [...rows.values()];
}

function identityOf(row: object, { breakdowns }: Subject): string {
  const parts = new Map(Object.entries(row));
  const names = ['date_start', 'campaign_id', 'ad_id', ...breakdowns];
  return JSON.stringify(names.map((name) => parts.get(name) ?? null));
}

/** A failure that asking differently may cure. */
interface Trouble {
  symptom: Symptom;
  error: ConnectorError;
}

function troubleOf(error: unknown, plan: Plan): Trouble | null {
  if (plan.report !== null && isUnknown(error)) return { symptom: 'LOST', error };
  if (!(error instanceof GraphError) || error.symptom === undefined) return null;
  return { symptom: error.symptom, error };
}

/** One rung of the ladder: the plan that is left, and why the question is given up when it is. */
async function climb(
  desk: Desk,
  subject: Subject,
  { plan, asked, trouble }: Turn & { trouble: Trouble },
): Promise<{ next: Plan; refused?: string }> {
  const actions = subject.fields(asked.level).some((name) => ACTION_FIELDS.includes(name));
  const rung = nextRung(asked, trouble.symptom, { daily: subject.daily, actions });
  const rest = plan.todo.slice(1);
  if (rung === 'GIVE_UP') {
    if (plan.givenUp >= MAX_GIVEN_UP) throw trouble.error;
    return { next: { todo: rest, ...START, givenUp: plan.givenUp + 1 }, refused: trouble.error.message };
  }
  const { parts, givenUp } = await partsOf(desk, subject, { plan, asked, rung });
  return { next: { todo: [...parts, ...rest], ...START, givenUp } };
}

interface Parts {
  parts: Question[];
  givenUp: number;
}

async function partsOf(
  desk: Desk,
  subject: Subject,
  { plan, asked, rung }: Turn & { rung: Exclude<Rung, 'GIVE_UP'> },
): Promise<Parts> {
  const { givenUp } = plan;
  if (rung === 'DAYS') return { parts: halvesOfDays(asked, desk.syncDays), givenUp };
  if (rung === 'REPORT') return { parts: [{ ...asked, way: 'REPORT' }], givenUp };
  if (rung === 'RESTART') return { parts: [{ ...asked, restarted: true }], givenUp };
  if (rung === 'APART') return { parts: [{ ...asked, way: 'SYNC', apart: true }], givenUp };
  const known = asked.campaigns === null ? await campaignsOf(desk.graph, subject, asked) : null;
  const ids = known?.ids ?? asked.campaigns ?? [];
  // Nobody knows any: nothing smaller can be asked but less about all of them.
  const parts: Question[] =
    ids.length === 0
      ? [{ ...asked, campaigns: [], way: 'SYNC', apart: true }]
      : partsByCampaign(asked, ids, desk.syncDays);
  return { parts, givenUp: known?.answered ? 0 : givenUp };
}

const named = z.object({ campaign_id: z.string().regex(/^\d{1,30}$/) });
const listed = z.object({ id: z.string().regex(/^\d{1,30}$/) });

/** The campaigns with figures on the days of a question; when insights do not tell, all there are. */
async function campaignsOf(
  graph: Graph,
  { access }: Subject,
  asked: Question,
): Promise<{ ids: string[]; answered: boolean }> {
  const names: Subject = { access, daily: false, breakdowns: [], fields: () => ['campaign_id'] };
  const everyone: Question = { ...asked, level: 'campaign', campaigns: null };
  try {
    const rows = await rowsOf(pages(graph, insightsCall(names, everyone)));
    return { ids: distinct(rows.map((row) => named.safeParse(row).data?.campaign_id)), answered: true };
  } catch (error) {
    if (!(error instanceof GraphError) || error.symptom === undefined) throw error;
    const params = { fields: 'id', effective_status: JSON.stringify(CAMPAIGN_STATUSES) };
    const rows = await rowsOf(
      pages(graph, { ...accountCall(access, '/campaigns', params), limit: PAGE_ROWS }),
    );
    return { ids: distinct(rows.map((row) => listed.safeParse(row).data?.id)), answered: false };
  }
}

async function rowsOf(list: AsyncIterable<ListPage>): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const page of list) rows.push(...page.rows);
  return rows;
}

function distinct(ids: (string | undefined)[]): string[] {
  return [...new Set(ids.filter((id) => id !== undefined))];
}
