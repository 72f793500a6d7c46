import type pg from 'pg';
import { monotonicMs } from '../lib/clock.ts';
import { countStatement } from '../lib/meters.ts';
import { beginCall, staying } from '../lib/telemetry.ts';

export interface Observing {
  /** What statements without a name are counted as. */
  unnamed: string;
  /** Sees every statement: tests count them. */
  onQuery?: ((text: string) => void) | undefined;
}

type Answered = (error: Error | null | undefined, result: unknown) => unknown;
type Query = (...asked: unknown[]) => unknown;

const NAME = /^\s*\/\*\s*([A-Za-z][\w.]{0,60})\s*\*\//;
const FRAME = /^\s*(?:BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i;

/** The name a statement opens with; its text and its values are never told. */
export function statementName(text: string, unnamed: string): string {
  return NAME.exec(text)?.[1] ?? (FRAME.test(text) ? 'transaction' : unnamed);
}

/** Every statement of the client is timed, counted under its name and put into a span. */
export function observeClient(client: pg.ClientBase, observing: Observing): void {
  const query = client.query.bind(client) as Query;
  const observed: Query = (...asked) => {
    const text = textOf(asked[0]);
    observing.onQuery?.(text ?? '');
    // An object with a life of its own, such as a stream of rows: it tells nobody when it is over.
    if (text === null) return query(...asked);
    const finish = begin(statementName(text, observing.unnamed));
    const callback = asked.at(-1);
    if (typeof callback === 'function') {
      const answered: Answered = (error, result) => {
        finish(error);
        return (callback as Answered)(error, result);
      };
      return query(...asked.slice(0, -1), answered);
    }
    const answer = query(...asked) as Promise<unknown>;
    answer.then(() => finish(null), finish);
    return answer;
  };
  client.query = observed as typeof client.query;
}

/** The pool calls back from whoever gave the connection back; a span belongs below the one who asked. */
export function keepAskers(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as Query;
  const kept: Query = (callback) =>
    typeof callback === 'function' ? connect(staying(callback as Query)) : connect();
  pool.connect = kept as typeof pool.connect;
}

function textOf(asked: unknown): string | null {
  if (typeof asked === 'string') return asked;
  if (typeof asked !== 'object' || asked === null || 'submit' in asked) return null;
  return 'text' in asked && typeof asked.text === 'string' ? asked.text : null;
}

function begin(name: string): (error: unknown) => void {
  const start = monotonicMs();
  const step = beginCall(`sql ${name}`, { 'db.system.name': 'postgresql', 'db.query.summary': name });
  return (error) => {
    countStatement(name, (monotonicMs() - start) / 1000);
    if (error !== null && error !== undefined) step.fail(error);
    step.end();
  };
}
