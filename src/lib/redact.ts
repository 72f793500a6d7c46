import { Secret } from './secret.ts';

const CENSORED = '[redacted]';
const DEEPEST = 6;
const LONGEST_LIST = 100;

/** Names, without `-` and `_`, under which a secret, personal data or what carries them arrives. */
const SECRET_NAME =
  /(?:token|secret|password|authorization|cookie|verifier|apikey|adminkey|secretkey|privatekey|ciphertext|connectionstring|databaseurl|headers?|email|phone)s?$/i;

/**
 * A value as it may be printed, at whatever depth: what has the name of a secret is censored, texts lose what looks like
 * one, an error is told in plain words, and of objects with a life of their own (connections, requests) only the kind
 * is named.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Secret) return CENSORED;
  if (depth >= DEEPEST) return '[deeper]';
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map((entry) => redact(entry, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return `[${value.constructor.name}]`;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      isSecretName(name) && mayHold(entry) ? CENSORED : redact(entry, depth + 1),
    ]),
  );
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll(/[-_]/g, ''));
}

/** A number or a yes or no under such a name is about a secret, not the secret. */
function mayHold(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

/** What looks like a secret or personal data, wherever in a text, and what is left of it. */
const PATTERNS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // Of an address: who is signed in, and the query.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s"'<>@/?#]*@/gi, '$1'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>?#]+)[?#][^\s"'<>]*/gi, `$1?${CENSORED}`],
  [/\b(Bearer|OAuth) +[\w.~+/|=-]{6,}/gi, `$1 ${CENSORED}`],
  [/\bBasic +[A-Za-z0-9+/=]{12,}/gi, `Basic ${CENSORED}`],
  [
    /\b((?:access|refresh|input|id|fb_exchange)_token|appsecret_proof|client_secret|code_verifier|password|sslpassword)(["']?\s*[=:]\s*["']?)[^\s&"',;]+/gi,
    `$1$2${CENSORED}`,
  ],
  // Our keys, Meta's tokens, Google's access and refresh tokens.
  [/\btrb_\w[\w-]{15,}/g, CENSORED],
  [/\bEAA[A-Za-z0-9]{16,}/g, CENSORED],
  [/\bya29\.[\w-]+|\b1\/\/[\w-]{16,}/g, CENSORED],
  [/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu, CENSORED],
];

/** A text without addresses' queries, e-mail addresses and anything of the shape of a token. */
export function redactText(text: string): string {
  return PATTERNS.reduce((left, [pattern, instead]) => left.replaceAll(pattern, instead), text);
}

export interface DescribedError {
  type: string;
  message: string;
  code?: string;
  stack: string;
  cause?: unknown;
}

/**
 * An error as it may be printed: its kind, its words, its code, where it was thrown, and the same of its cause. Nothing
 * else that hangs on it: drivers hang on connections, statements with their values, requests with their headers.
 */
export function describeError(error: Error, depth = 0): DescribedError {
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: errorWords(error),
    ...(typeof code === 'string' ? { code } : {}),
    stack: framesOf(error),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {}),
  };
}

/** PostgreSQL's class 22 (data exception) and the runtime's parsers quote the value they do not like. */
const QUOTES_VALUES =
  /^(?:22\w{3}|ERR_INVALID_\w+)$|invalid input (?:syntax|value)|out of range|is not valid JSON|in JSON at/;

/** The words of an error, without the values that some libraries put into them. */
export function errorWords(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Prisma prints the whole call with its arguments and says last what is wrong.
  const isLast = error.name.startsWith('Prisma');
  const lines = error.message.split('\n').filter((line) => line.trim() !== '');
  const words = (isLast ? lines.at(-1) : error.message) ?? '';
  const quotes = QUOTES_VALUES.test(code) || QUOTES_VALUES.test(words);
  return redactText(quotes ? words.replaceAll(/"[^]*"|'[^]*'/g, '"…"') : words);
}

/** Without the first lines, which are the message. */
function framesOf(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  return redactText(lines.join('\n'));
}
