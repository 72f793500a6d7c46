import { z } from 'zod';
import type { MailSettings } from './config/mail.ts';
import { MAIL_VARIABLES, mailSettings } from './config/mail.ts';
import type { EncryptionKey } from './lib/keyRing.ts';
import type { LogLevel } from './lib/log.ts';
import { LOG_LEVELS } from './lib/log.ts';
import { Secret } from './lib/secret.ts';
import { flag, httpUrl, origins, port, secret, secretKeys } from './lib/settings.ts';

export const PROCESS_ROLES = ['all', 'api', 'worker'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

/** What the environment says, checked. The only reader of process.env. */
export interface Config {
  /** Null = the embedded PostgreSQL of `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  host: string;
  /** 0 = a free one. */
  port: number;
  role: ProcessRole;
  sandbox: boolean;
  adminKey: Secret | null;
  /** Null = generated into `dataDir`. */
  secretKeys: EncryptionKey[] | null;
  /** Without a version: the one this release was made for. */
  meta: { graphUrl: string; dialogUrl: string; apiVersion?: string; appId?: string; appSecret?: Secret };
  /** Without an address: Google's own. Without a version: the one this release was made for. */
  google: {
    adsUrl?: string;
    apiVersion?: string;
    oauthUrl?: string;
    clientId?: string;
    clientSecret?: Secret;
    developerToken?: Secret;
  };
  /** Where browsers reach this server; null = where it listens. */
  publicUrl: string | null;
  allowSpendingTokens: boolean;
  /** Platform key → the agency's token. */
  agencyTokens: ReadonlyMap<string, Secret>;
  allowedOrigins: string[];
  /** Operations a minute of one key or session. */
  rateLimit: number;
  logLevel: LogLevel;
  production: boolean;
  /** Null = there is no /metrics. */
  metricsToken: Secret | null;
  /** A module with `onError`; null = errors are only logged. */
  errorHook: string | null;
  mail: MailSettings;
}

/** Every problem of the environment at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The environment is not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

interface Variable {
  schema: z.ZodType;
  /** Shown in .env.example after the `=`. */
  shown: string;
  means: string;
}

const VARIABLES = {
  DATABASE_URL: {
    schema: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }),
    shown: '',
    means: 'External PostgreSQL 15 or newer. Unset: an embedded one in TRIBUTARY_DATA_DIR.',
  },
  TRIBUTARY_DATA_DIR: {
    schema: z.string(),
    shown: '.tributary',
    means: 'Embedded database, generated secrets.',
  },
  HOST: { schema: z.string(), shown: '127.0.0.1', means: 'Address to listen on.' },
  PORT: { schema: port, shown: '4000', means: 'Port to listen on; 0 picks a free one and prints it.' },
  PUBLIC_URL: {
    schema: httpUrl,
    shown: '',
    means:
      'Where browsers reach this server; Facebook and Google send them back to PUBLIC_URL/oauth/<platform>/callback. Unset: http://HOST:PORT.',
  },
  TRIBUTARY_ADMIN_KEY: {
    schema: secret(12),
    shown: '',
    means: 'The first admin API key. Unset: generated and printed once.',
  },
  TRIBUTARY_SECRET_KEYS: {
    schema: secretKeys,
    shown: '',
    means:
      'keyId:base64(32 bytes), comma between; the first encrypts, all decrypt. Required with DATABASE_URL; else generated into the data dir.',
  },
  TRIBUTARY_SANDBOX: {
    schema: flag,
    shown: '',
    means:
      'true starts the pretended platforms and points the connectors at them. Unset: true when embedded, else false.',
  },
  TRIBUTARY_ROLE: {
    schema: z.enum(PROCESS_ROLES, `must be one of ${PROCESS_ROLES.join(', ')}`),
    shown: 'all',
    means: 'all, api (no jobs) or worker (no HTTP but health).',
  },
  META_GRAPH_URL: { schema: httpUrl, shown: 'https://graph.facebook.com', means: 'Base of the Graph API.' },
  META_API_VERSION: {
    schema: z.string().regex(/^v\d+\.\d+$/, 'must look like v26.0'),
    shown: '',
    means: 'Graph API version. Unset: the current one this release was made for.',
  },
  META_DIALOG_URL: {
    schema: httpUrl,
    shown: '',
    means:
      'Where "Connect Facebook" sends the browser. Unset: https://www.facebook.com, or META_GRAPH_URL when that is another.',
  },
  META_APP_ID: {
    schema: z.string().regex(/^\d+$/, 'must be digits'),
    shown: '',
    means:
      'Meta app, for "Connect Facebook" and to check tokens with debug_token. Unset: a pretended one with the sandbox.',
  },
  META_APP_SECRET: {
    schema: secret(8),
    shown: '',
    means: 'Its secret; every call then carries appsecret_proof.',
  },
  FACEBOOK_ADS_TOKEN: {
    schema: secret(8),
    shown: '',
    means: "The agency's system-user token, for Meta accounts that have no credential of their own.",
  },
  TRIBUTARY_ALLOW_SPENDING_TOKENS: {
    schema: flag,
    shown: 'false',
    means: 'true takes tokens that could spend budget (ads_management); only reading is ever needed.',
  },
  GOOGLE_ADS_URL: {
    schema: httpUrl,
    shown: 'https://googleads.googleapis.com',
    means: 'Base of the Google Ads API.',
  },
  GOOGLE_ADS_VERSION: {
    schema: z.string().regex(/^v\d+$/, 'must look like v25'),
    shown: '',
    means: 'Google Ads API version. Unset: the current one this release was made for.',
  },
  GOOGLE_DEVELOPER_TOKEN: {
    schema: secret(8),
    shown: '',
    means:
      "From the API Center of the agency's manager account; no call to Google Ads goes without it. Unset: a pretended one with the sandbox.",
  },
  GOOGLE_OAUTH_URL: {
    schema: httpUrl,
    shown: '',
    means: "Base of the consent page and the token endpoint. Unset: Google's own.",
  },
  GOOGLE_CLIENT_ID: {
    schema: z.string().regex(/^\S+$/, 'must not contain spaces'),
    shown: '',
    means:
      'OAuth client, for "Connect Google" and for every call to Google Ads. Unset: a pretended one with the sandbox.',
  },
  GOOGLE_CLIENT_SECRET: { schema: secret(8), shown: '', means: 'Its secret.' },
  ALLOWED_ORIGINS: {
    schema: origins,
    shown: '',
    means: 'Origins of other web pages that may call the API, comma between. Unset: only its own.',
  },
  TRIBUTARY_RATE_LIMIT: {
    schema: z
      .string()
      .regex(/^[1-9]\d{0,8}$/, 'must be a whole number, 1 or more')
      .transform(Number),
    shown: '600',
    means: 'Operations a minute of one API key or session.',
  },
  LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
    shown: 'info',
    means: 'Log lines are JSON on stderr.',
  },
  METRICS_TOKEN: {
    schema: secret(16),
    shown: '',
    means: 'Who sends it as a Bearer token may read /metrics (Prometheus). Unset: there is no such page.',
  },
  TRIBUTARY_ON_ERROR: {
    schema: z.string(),
    shown: '',
    means:
      'Path of a module that exports onError({ errorId, where, error, context }), to report errors elsewhere.',
  },
  ...MAIL_VARIABLES,
  NODE_ENV: { schema: z.string(), shown: '', means: 'production turns developer conveniences off.' },
} satisfies Record<string, Variable>;

type Name = keyof typeof VARIABLES;
type Values = { [K in Name]?: z.output<(typeof VARIABLES)[K]['schema']> };

/**
 * Reads the environment; `logLevel` is for when it names none. Throws ConfigError that lists every problem, never a
 * value.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env, logLevel: LogLevel = 'info'): Config {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const text = env[name]?.trim();
    if (!text) continue;
    const parsed = variable.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is not valid'}`);
  }
  const isGiven = (name: Name) => Boolean(env[name]?.trim());
  if (isGiven('DATABASE_URL') && !isGiven('TRIBUTARY_SECRET_KEYS')) {
    problems.push('TRIBUTARY_SECRET_KEYS is required with DATABASE_URL: k1:$(openssl rand -base64 32)');
  }
  if (isGiven('SMTP_URL') && !isGiven('MAIL_FROM')) {
    problems.push('MAIL_FROM is required with SMTP_URL: Reports <reports@example.com>');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig({ LOG_LEVEL: logLevel, ...(values as Values) });
}

const GRAPH_URL = 'https://graph.facebook.com';

/** The pretended platforms take any app. */
const SANDBOX_APP = {
  META_APP_ID: '1234567890',
  META_APP_SECRET: new Secret('sandbox-app-secret'),
  GOOGLE_CLIENT_ID: 'sandbox-client',
  GOOGLE_CLIENT_SECRET: new Secret('sandbox-client-secret'),
  GOOGLE_DEVELOPER_TOKEN: new Secret('sandbox-developer-0001'),
};

function toConfig(given: Values): Config {
  const sandbox = given.TRIBUTARY_SANDBOX ?? given.DATABASE_URL === undefined;
  const values = sandbox ? { ...SANDBOX_APP, ...given } : given;
  const graphUrl = values.META_GRAPH_URL ?? GRAPH_URL;
  return {
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.TRIBUTARY_DATA_DIR ?? '.tributary',
    host: values.HOST ?? '127.0.0.1',
    port: values.PORT ?? 4000,
    role: values.TRIBUTARY_ROLE ?? 'all',
    sandbox,
    adminKey: values.TRIBUTARY_ADMIN_KEY ?? null,
    secretKeys: values.TRIBUTARY_SECRET_KEYS ?? null,
    meta: {
      graphUrl,
      dialogUrl: values.META_DIALOG_URL ?? (graphUrl === GRAPH_URL ? 'https://www.facebook.com' : graphUrl),
      ...(values.META_API_VERSION ? { apiVersion: values.META_API_VERSION } : {}),
      ...(values.META_APP_ID ? { appId: values.META_APP_ID } : {}),
      ...(values.META_APP_SECRET ? { appSecret: values.META_APP_SECRET } : {}),
    },
    google: {
      ...(values.GOOGLE_ADS_URL ? { adsUrl: values.GOOGLE_ADS_URL } : {}),
      ...(values.GOOGLE_ADS_VERSION ? { apiVersion: values.GOOGLE_ADS_VERSION } : {}),
      ...(values.GOOGLE_DEVELOPER_TOKEN ? { developerToken: values.GOOGLE_DEVELOPER_TOKEN } : {}),
      ...(values.GOOGLE_OAUTH_URL ? { oauthUrl: values.GOOGLE_OAUTH_URL } : {}),
      ...(values.GOOGLE_CLIENT_ID ? { clientId: values.GOOGLE_CLIENT_ID } : {}),
      ...(values.GOOGLE_CLIENT_SECRET ? { clientSecret: values.GOOGLE_CLIENT_SECRET } : {}),
    },
    publicUrl: values.PUBLIC_URL ?? null,
    allowSpendingTokens: values.TRIBUTARY_ALLOW_SPENDING_TOKENS ?? false,
    agencyTokens: new Map(values.FACEBOOK_ADS_TOKEN ? [['META', values.FACEBOOK_ADS_TOKEN]] : []),
    allowedOrigins: values.ALLOWED_ORIGINS ?? [],
    rateLimit: values.TRIBUTARY_RATE_LIMIT ?? 600,
    logLevel: values.LOG_LEVEL ?? 'info',
    production: values.NODE_ENV === 'production',
    metricsToken: values.METRICS_TOKEN ?? null,
    errorHook: values.TRIBUTARY_ON_ERROR ?? null,
    mail: mailSettings(values),
  };
}

/** The whole text of .env.example. */
export function describeEnvironment(): string {
  const blocks = Object.entries(VARIABLES).map(
    ([name, { shown, means }]) => `# ${means}\n# ${name}=${shown}\n`,
  );
  return `# Every variable Tributary reads, with its default. All are optional unless it says otherwise.\n\n${blocks.join('\n')}`;
}
