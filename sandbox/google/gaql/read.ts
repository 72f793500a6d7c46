import { queryError } from '../errors.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'IN' | 'NOT IN' | 'BETWEEN' | 'DURING' | 'LIKE';

export interface Condition {
  field: string;
  operator: Operator;
  /** One value, two for BETWEEN, any number for IN. */
  values: string[];
}

/** A query as it was written; whether its fields exist is not decided here. */
export interface Query {
  select: string[];
  from: string;
  where: Condition[];
  orderBy: { field: string; descending: boolean }[];
  limit: number | null;
}

interface Token {
  kind: 'word' | 'text' | 'number' | 'sign';
  value: string;
}

const TOKEN =
  /\s*(?:(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?:\.\d+)?)|(?<word>[A-Za-z_][\w.]*)|(?<sign><=|>=|!=|[=<>(),*]))/y;

/** Reads a GAQL text. Throws queryError as the platform does. */
export function readQuery(text: string): Query {
  const reader = readerOf(tokensOf(text));
  if (!reader.take('SELECT')) throw queryError('EXPECTED_SELECT', 'Error in query: expected SELECT.');
  const select = listOf(reader, () => fieldName(reader));
  if (!reader.take('FROM')) throw queryError('EXPECTED_FROM', 'Error in query: expected FROM.');
  const from = word(reader);
  const where = reader.take('WHERE') ? conditions(reader) : [];
  const orderBy = reader.take('ORDER') ? ordering(reader) : [];
  const limit = reader.take('LIMIT') ? limitOf(reader) : null;
  if (reader.take('PARAMETERS')) while (reader.next() !== null);
  const rest = reader.next();
  if (rest !== null) throw queryError('UNEXPECTED_INPUT', `Error in query: unexpected input ${rest.value}.`);
  return { select, from, where, orderBy, limit };
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN.source, TOKEN.flags);
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) {
      const rest = text.slice(at).trimStart();
      const name = /^['"]/.test(rest) ? 'STRING_NOT_TERMINATED' : 'BAD_SYMBOL';
      throw queryError(name, `Error in query: unexpected input ${rest.slice(0, 20)}.`);
    }
    const [kind = 'sign', value = ''] = Object.entries(groups).find(([, value]) => value !== undefined) ?? [];
    tokens.push({ kind: kind as Token['kind'], value: kind === 'text' ? unquoted(value) : value });
  }
  return tokens;
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, '$1');
}

interface Reader {
  next(): Token | null;
  peek(): Token | null;
  /** Takes the next token when it is this word or sign. */
  take(value: string): boolean;
}

function readerOf(tokens: Token[]): Reader {
  let at = 0;
  const peek = (): Token | null => tokens[at] ?? null;
  const isA = (value: string): boolean => {
    const token = peek();
    return token !== null && token.kind !== 'text' && token.value.toUpperCase() === value;
  };
  return {
    peek,
    next: () => tokens[at++] ?? null,
    take(value) {
      if (!isA(value)) return false;
      at += 1;
      return true;
    },
  };
}

function listOf<T>(reader: Reader, one: () => T): T[] {
  const list = [one()];
  while (reader.take(',')) list.push(one());
  return list;
}

function word(reader: Reader): string {
  const token = reader.next();
  if (token === null) throw queryError('UNEXPECTED_END_OF_QUERY', 'Error in query: unexpected end of query.');
  if (token.kind !== 'word')
    throw queryError('UNEXPECTED_INPUT', `Error in query: unexpected input ${token.value}.`);
  return token.value;
}

function fieldName(reader: Reader): string {
  const token = reader.peek();
  if (token !== null && token.value === '*')
    throw queryError('BAD_FIELD_NAME', "Error in query: field name '*' is not allowed.");
  return word(reader);
}

function conditions(reader: Reader): Condition[] {
  const list = [condition(reader)];
  while (reader.take('AND')) list.push(condition(reader));
  return list;
}

const COMPARISONS = ['=', '!=', '<=', '>=', '<', '>'] as const;

function condition(reader: Reader): Condition {
  const field = fieldName(reader);
  const comparison = COMPARISONS.find((sign) => reader.take(sign));
  if (comparison !== undefined) return { field, operator: comparison, values: [literal(reader)] };
  if (reader.take('BETWEEN')) {
    const first = literal(reader);
    if (!reader.take('AND')) throw queryError('EXPECTED_AND', 'Error in query: expected AND.');
    return { field, operator: 'BETWEEN', values: [first, literal(reader)] };
  }
  if (reader.take('DURING')) return { field, operator: 'DURING', values: [word(reader).toUpperCase()] };
  if (reader.take('LIKE')) return { field, operator: 'LIKE', values: [literal(reader)] };
  const not = reader.take('NOT');
  if (!reader.take('IN')) throw queryError('BAD_OPERATOR', `Error in query: bad operator after ${field}.`);
  if (!reader.take('(')) throw queryError('EXPECTED_LIST', 'Error in query: expected a list.');
  const values = listOf(reader, () => literal(reader));
  if (!reader.take(')')) throw queryError('EXPECTED_LIST', 'Error in query: expected ).');
  return { field, operator: not ? 'NOT IN' : 'IN', values };
}

function literal(reader: Reader): string {
  const token = reader.next();
  if (token === null) throw queryError('UNEXPECTED_END_OF_QUERY', 'Error in query: unexpected end of query.');
  if (token.kind === 'sign')
    throw queryError('BAD_VALUE', `Error in query: unexpected input ${token.value}.`);
  return token.value;
}

function ordering(reader: Reader): Query['orderBy'] {
  if (!reader.take('BY')) throw queryError('EXPECTED_BY', 'Error in query: expected BY.');
  return listOf(reader, () => {
    const field = fieldName(reader);
    const descending = reader.take('DESC');
    if (!descending) reader.take('ASC');
    return { field, descending };
  });
}

function limitOf(reader: Reader): number {
  const token = reader.next();
  if (token?.kind !== 'number' || !/^\d+$/.test(token.value))
    throw queryError('BAD_LIMIT_VALUE', 'Error in query: the limit must be a whole number.');
  if (Number(token.value) < 1) throw queryError('LIMIT_VALUE_TOO_LOW', 'The limit must be at least 1.');
  return Number(token.value);
}
