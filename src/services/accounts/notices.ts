import type { Context } from '../../context.ts';
import type { PubSub } from '../../pubsub.ts';

interface Note<T> {
  value: T;
  place: number;
  stored: boolean;
}

/**
 * What this process heard lately, by key, so that its tasks know of it before, and even if, the database does. Whoever
 * begins later reads the database, where it may have been taken back: for them only what is not stored yet counts.
 */
export class Notices<T> {
  #heard = 0;
  readonly #latest = new Map<string, Note<T>>();

  /** This moment, to ask from. */
  moment(): number {
    return this.#heard;
  }

  /** Returns what is to be called once the database has it. */
  add(key: string, value: T): () => void {
    this.#heard += 1;
    const note = { value, place: this.#heard, stored: false };
    this.#latest.set(key, note);
    return () => {
      note.stored = true;
    };
  }

  /** The latest that was heard after the moment or is not stored yet; null = nothing. */
  since(key: string, moment: number): T | null {
    const note = this.#latest.get(key);
    return note && (note.place > moment || !note.stored) ? note.value : null;
  }
}

interface ProcessNotices {
  /** By platform and external id: until when it is paused. */
  pauses: Notices<Date>;
  /** By credential and token: why it is dead. */
  deaths: Notices<string>;
}

const ofProcess = new WeakMap<PubSub, ProcessNotices>();

/** One for each process; its PubSub stands for it. */
export function noticesOf(ctx: Pick<Context, 'pubsub'>): ProcessNotices {
  const known = ofProcess.get(ctx.pubsub);
  if (known) return known;
  const made: ProcessNotices = { pauses: new Notices(), deaths: new Notices() };
  ofProcess.set(ctx.pubsub, made);
  return made;
}

/** A moment in what this process hears. */
export interface Heard {
  pauses: number;
  deaths: number;
}

/** Take it before reading the database: then nothing falls between. */
export function heardSoFar(ctx: Pick<Context, 'pubsub'>): Heard {
  const { pauses, deaths } = noticesOf(ctx);
  return { pauses: pauses.moment(), deaths: deaths.moment() };
}
