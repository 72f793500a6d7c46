import { describe, expect, it } from 'vitest';
import { ConfigError, describeEnvironment, readConfig } from '../src/config.ts';

const RING = `k1:${Buffer.alloc(32, 1).toString('base64')}`;

describe('the environment', () => {
  it('runs with nothing set: embedded, with the sandbox', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      databaseUrl: null,
      port: 4000,
      host: '127.0.0.1',
      sandbox: true,
      role: 'all',
    });
  });

  it('takes an external database without the sandbox', () => {
    const config = readConfig({ DATABASE_URL: 'postgresql://db/ads', TRIBUTARY_SECRET_KEYS: RING });
    expect(config.sandbox).toBe(false);
    expect(config.secretKeys?.[0]?.key.symmetricKeySize).toBe(32);
  });

  it('treats an empty variable as not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 4000, databaseUrl: null });
  });

  it('tells every problem at once, and no value', () => {
    const env = {
      PORT: '70000',
      DATABASE_URL: 'mysql://root:hunter2@db/ads',
      LOG_LEVEL: 'loud',
      META_GRAPH_URL: 'not-an-address',
      META_API_VERSION: 'twenty-six',
      TRIBUTARY_ADMIN_KEY: 'short',
      ALLOWED_ORIGINS: 'https://ads.example.com/path',
      TRIBUTARY_SANDBOX: 'maybe',
    };
    const error = problemsOf(env);
    expect(error.problems).toHaveLength(Object.keys(env).length + 1);
    for (const name of [...Object.keys(env), 'TRIBUTARY_SECRET_KEYS']) expect(error.message).toContain(name);
    for (const value of Object.values(env)) expect(error.message).not.toContain(value);
  });

  it.each([
    ['too short', `k1:${Buffer.alloc(16).toString('base64')}`],
    ['without an id', Buffer.alloc(32).toString('base64')],
    ['a second one too short', `${RING},k2:AAAA`],
  ])('refuses a key ring %s', (_what, ring) => {
    expect(problemsOf({ TRIBUTARY_SECRET_KEYS: ring }).problems[0]).toMatch(/exactly 32 bytes/);
  });

  it('refuses two keys of one name', () => {
    expect(problemsOf({ TRIBUTARY_SECRET_KEYS: `${RING},${RING}` }).problems[0]).toMatch(/keyId twice/);
  });

  it('requires a key ring with an external database', () => {
    expect(problemsOf({ DATABASE_URL: 'postgresql://db/ads' }).problems).toEqual([
      expect.stringContaining('TRIBUTARY_SECRET_KEYS is required'),
    ]);
  });

  it('takes a mail server with a sender, and who gets reports', () => {
    const { mail } = readConfig({
      SMTP_URL: 'smtp://user:p%40ss@mail.example:587',
      MAIL_FROM: '"Отчёты" <reports@agency.example>',
      REPORT_EMAIL: 'Boss@agency.example, b@agency.example',
    });
    expect(mail.from).toEqual({ name: 'Отчёты', address: 'reports@agency.example' });
    expect(mail.reportTo).toEqual(['boss@agency.example', 'b@agency.example']);
    expect(mail.smtpUrl?.reveal()).toContain('p%40ss');
    expect(JSON.stringify(mail)).not.toContain('p%40ss');
    expect(readConfig({}).mail).toEqual({ smtpUrl: null, from: null, reportTo: [] });
  });

  it.each([
    [{ SMTP_URL: 'smtp://mail.example' }, 'MAIL_FROM is required'],
    [{ SMTP_URL: 'http://mail.example', MAIL_FROM: 'a@b.example' }, 'SMTP_URL must be an smtp://'],
    [{ SMTP_URL: 'smtp://u:100%@mail.example', MAIL_FROM: 'a@b.example' }, 'SMTP_URL must percent-encode'],
    [{ MAIL_FROM: 'a@b.example\r\nBcc: c@d.example' }, 'MAIL_FROM must'],
    [{ MAIL_FROM: 'Reports' }, 'MAIL_FROM must be an e-mail address'],
    [{ REPORT_EMAIL: 'a@b.example; c' }, 'REPORT_EMAIL must be e-mail addresses'],
  ])('refuses %o', (env, problem) => {
    expect(() => readConfig(env)).toThrow(problem);
  });

  it('never prints its secrets', () => {
    const canary = 'canary-token-0001';
    const config = readConfig({
      FACEBOOK_ADS_TOKEN: canary,
      TRIBUTARY_ADMIN_KEY: canary,
      META_APP_SECRET: canary,
    });
    expect(JSON.stringify(config)).not.toContain(canary);
    expect(config.agencyTokens.get('META')?.reveal()).toBe(canary);
  });

  it('describes every variable that it reads', () => {
    const described = [...describeEnvironment().matchAll(/^# ([A-Z_]+)=/gm)].map((match) => match[1]);
    expect(described).toContain('TRIBUTARY_SECRET_KEYS');
    expect(new Set(described).size).toBe(described.length);
  });
});

function problemsOf(env: NodeJS.ProcessEnv): ConfigError {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}
