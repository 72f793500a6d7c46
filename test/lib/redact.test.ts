import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createLog } from '../../src/lib/log.ts';
import { redactText } from '../../src/lib/redact.ts';
import { Secret } from '../../src/lib/secret.ts';
import { query } from '../support/query.ts';

const CANARY = 'canary-7f1c9b';

/** What a logger really writes. */
function logged(write: (log: ReturnType<typeof createLog>) => void): {
  text: string;
  line: Record<string, unknown>;
} {
  const sink = new PassThrough();
  write(createLog('trace', sink));
  const text = String(sink.read() ?? '');
  return { text, line: JSON.parse(text) as Record<string, unknown> };
}

/** What a driver hangs on its errors. */
class Connection {
  readonly options = { any: CANARY };
}

describe('a log line has no secret', () => {
  it.each([
    ['token', { token: CANARY }],
    ['access_token, deep down', { a: { b: [{ c: { access_token: CANARY } }] } }],
    ['headers', { request: { headers: { 'x-any': CANARY } } }],
    ['set-cookie', { 'set-cookie': [`session=${CANARY}`] }],
    ['currentPassword', { input: { currentPassword: CANARY } }],
    ['a Secret', { any: new Secret(CANARY) }],
    ['Headers', { any: new Headers({ authorization: `Bearer ${CANARY}` }) }],
    ['a Request', { any: new Request('http://127.0.0.1/', { headers: { authorization: CANARY } }) }],
    ['a database client', { any: new pg.Client({ password: CANARY }) }],
    ['a pool', { any: new pg.Pool({ connectionString: `postgres://u:${CANARY}@127.0.0.1/d` }) }],
    ['bytes', { any: Buffer.from(CANARY) }],
    ['an object of a class', { any: new Connection() }],
    ['a URL with a password and no name', { url: `postgresql://user:${CANARY}@127.0.0.1:5432/ads` }],
    ['a map', { any: new Map([['a', CANARY]]) }],
    ['a query', { any: `GET https://graph.example.com/me?access_token=${CANARY}&x=1` }],
    ['a URL with a password', { url: `postgresql://user:${CANARY}@db.example.com/ads?sslmode=require` }],
    ['a header in a text', { reason: `bad header Authorization: Bearer ${CANARY}` }],
    ['an e-mail', { reason: `nobody is ${CANARY}@example.com` }],
  ])('under %s', (_where, fields) => {
    expect(logged((log) => log.info(fields, 'said')).text).not.toContain(CANARY);
    expect(logged((log) => log.trace([fields])).text).not.toContain(CANARY);
  });

  it.each([
    `signed in ${CANARY}@example.com`,
    `https://h.example/p?${CANARY}`,
    `line one\nBearer ${CANARY}\n`,
    `trb_${'0'.repeat(32)}_${CANARY}`,
  ])('in the message %j', (message) => {
    expect(logged((log) => log.info(message)).text).not.toContain(CANARY);
    expect(logged((log) => log.info('%s and %o', message, { token: CANARY })).text).not.toContain(CANARY);
  });

  it('whatever hangs on an error and its causes', () => {
    const cause = Object.assign(new Error(`GET https://x.example/?t=${CANARY}`), { headers: { a: CANARY } });
    const error = Object.assign(new TypeError('outer', { cause }), {
      client: { password: CANARY },
      config: { url: CANARY },
      input: CANARY,
      detail: `Key (email)=(${CANARY}) already exists.`,
    });
    for (const write of [
      (log: ReturnType<typeof createLog>) => log.error({ err: error }, 'broke'),
      (log: ReturnType<typeof createLog>) => log.error(error),
      (log: ReturnType<typeof createLog>) => log.error({ nested: { deep: error } }),
      (log: ReturnType<typeof createLog>) => log.error(new AggregateError([error], 'many')),
    ]) {
      expect(logged(write).text).not.toContain(CANARY);
    }
    const { line } = logged((log) => log.error({ err: error }, 'broke'));
    expect(line).toMatchObject({
      msg: 'broke',
      err: { type: 'TypeError', message: 'outer', stack: expect.stringContaining('redact.test.ts') },
    });
    expect(line['err']).toMatchObject({
      cause: { type: 'Error', message: 'GET https://x.example/?[redacted]' },
    });
  });

  it("of PostgreSQL's own words that quote a value", async () => {
    const url = inject('postgresUrl');
    for (const [text, values] of [
      ['SELECT $1::uuid', [CANARY]],
      ['SELECT $1::timestamptz', [CANARY]],
      ['SELECT $1::int', [CANARY]],
      [`SELECT '${CANARY}'::json`, []],
    ] as const) {
      const error: unknown = await query(url, text, [...values]).catch((caught: unknown) => caught);
      const { text: said, line } = logged((log) => log.error({ err: error }));
      expect(said).not.toContain(CANARY);
      expect(line).toMatchObject({ err: { code: expect.stringMatching(/^22/) } });
    }
  });

  it('of a parser that quotes what it cannot read', () => {
    expect(
      logged((log) => {
        try {
          JSON.parse(`${CANARY}{`);
        } catch (error) {
          log.error({ err: error });
        }
      }).text,
    ).not.toContain(CANARY);
  });
});

describe('a log line keeps', () => {
  it('what is of use', () => {
    const { line } = logged((log) =>
      log.warn(
        { runId: 'r1', tokens: 12, at: new Date(0), migration: '2026_walls', accounts: ['act_1'] },
        'took over 3 of 4',
      ),
    );
    expect(line).toMatchObject({
      runId: 'r1',
      tokens: 12,
      at: '1970-01-01T00:00:00.000Z',
      migration: '2026_walls',
      accounts: ['act_1'],
      msg: 'took over 3 of 4',
    });
  });

  it('plain texts as they are', () => {
    for (const text of [
      'Cannot connect to the database ads at db.example.com:5432: ECONNREFUSED.',
      'node_modules/@prisma/client/index.js:10:5',
      'HTTP 429 of https://graph.facebook.com/v26.0/act_1/insights',
      'Basic campaigns of the bearer',
    ]) {
      expect(redactText(text)).toBe(text);
    }
  });
});

it('a line is JSON whatever is logged', () => {
  fc.assert(
    fc.property(
      fc.anything({ withDate: true, withMap: true, withTypedArray: true }),
      fc.string(),
      (value, text) => {
        expect(logged((log) => log.info({ value }, `${text} a@b.example\n${text}`)).line).toHaveProperty(
          'level',
        );
      },
    ),
  );
});
