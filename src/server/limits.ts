/** What one operation may ask for, and how much one caller may ask. */
export interface Limits {
  /** Fields inside fields. */
  depth: number;
  /** The same below `__schema` and `__type`: what the usual tools ask of them is 15 deep. */
  introspectionDepth: number;
  aliases: number;
  directives: number;
  /** Times a field may stand again beside itself: comparing them costs the square of their number. */
  repeats: number;
  /** Fields with every fragment written out. */
  fields: number;
  tokens: number;
  /** Fields with fields of their own, those of a page times `first`. */
  cost: number;
  /** Lists and objects inside each other, in variables and extensions. */
  variableDepth: number;
  /** Values in variables and extensions, each of a list's counted. */
  variableValues: number;
  /** Milliseconds from the start of an operation, or of one event of a subscription, to its answer. */
  deadlineMs: number;
  /** Operations a minute of one key or session. */
  perMinute: number;
  /** The same of all who send no key, from one address. */
  anonymousPerMinute: number;
  /** Operations open at once on one WebSocket. */
  subscriptionsPerSocket: number;
  /** Bytes that may wait for a WebSocket that does not read. */
  backlogBytes: number;
  /** Milliseconds between two pings of a WebSocket; one that does not answer the last is closed. */
  pingMs: number;
}

/** SPEC, access and secrets. */
export const LIMITS: Limits = {
  depth: 12,
  introspectionDepth: 15,
  aliases: 15,
  directives: 20,
  repeats: 15,
  fields: 5_000,
  tokens: 2_000,
  cost: 5_000,
  variableDepth: 12,
  variableValues: 2_000,
  deadlineMs: 10_000,
  perMinute: 600,
  anonymousPerMinute: 60,
  subscriptionsPerSocket: 50,
  backlogBytes: 4 * 1024 * 1024,
  pingMs: 12_000,
};

export const LARGEST_BODY_BYTES = 256 * 1024;
export const LARGEST_MESSAGE_BYTES = 64 * 1024;
export const LONGEST_URL = 8 * 1024;
