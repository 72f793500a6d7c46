import type { Context } from '../../context.ts';
import type { PubSub, RunProgress } from '../../pubsub.ts';

/** Runs a process remembers; of those that are open at the same time it must forget none. */
const MOST = 10_000;

/** The newest state of each run that was told in a process. */
class NewestStates {
  readonly #seqs = new Map<string, number>();

  isNews(runId: string, seq: number): boolean {
    return seq > (this.#seqs.get(runId) ?? -1);
  }

  note(runId: string, seq: number): void {
    this.#seqs.delete(runId);
    this.#seqs.set(runId, seq);
    if (this.#seqs.size <= MOST) return;
    for (const oldest of this.#seqs.keys()) {
      this.#seqs.delete(oldest);
      return;
    }
  }
}

const ofProcess = new WeakMap<PubSub, NewestStates>();

function statesOf({ pubsub }: Pick<Context, 'pubsub'>): NewestStates {
  const known = ofProcess.get(pubsub);
  if (known) return known;
  const made = new NewestStates();
  ofProcess.set(pubsub, made);
  return made;
}

type State = Pick<RunProgress, 'runId' | 'seq'>;

/** Whether this process has told nothing as new of the run yet. */
export function isNews(ctx: Pick<Context, 'pubsub'>, { runId, seq }: State): boolean {
  return statesOf(ctx).isNews(runId, seq);
}

/** From now on neither this state nor an older one is news. False when it was none before. */
export function takeNews(ctx: Pick<Context, 'pubsub'>, state: State): boolean {
  if (!isNews(ctx, state)) return false;
  statesOf(ctx).note(state.runId, state.seq);
  return true;
}
