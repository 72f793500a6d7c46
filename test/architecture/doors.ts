import type { Rule } from './rule.ts';
import { inCode, inLiterals } from './rule.ts';

/** The product, but for the files that are the door itself. */
function productBut(...doors: readonly string[]): (path: string) => boolean {
  return (path) => path.startsWith('src/') && !doors.includes(path);
}

const isWithoutEnvironment = productBut('src/config.ts');
const isWithoutFetch = productBut('src/lib/http.ts');
const isWithoutClock = productBut('src/lib/clock.ts');

const environment: Rule = {
  name: 'only config reads the environment',
  check: (source) =>
    isWithoutEnvironment(source.path) ? inCode(source, /\bprocess\s*\.\s*env\b/g, 'read in config.ts') : [],
  bad: [{ path: 'src/app.ts', text: 'const port = process.env.PORT;' }],
  good: [
    { path: 'src/config.ts', text: 'const port = process.env.PORT;' },
    { path: 'src/app.ts', text: "const hint = 'see process.env'; // process.env" },
  ],
};

const fetching: Rule = {
  name: 'only lib/http calls out',
  check: (source) =>
    isWithoutFetch(source.path)
      ? inCode(
          source,
          /(?<![.\w$])fetch\b(?!\s*\??:)|\bglobalThis\s*\.\s*fetch\b/g,
          'call out through lib/http.ts',
        )
      : [],
  bad: [
    { path: 'src/connectors/ads/meta/api.ts', text: "await fetch('https://example.org');" },
    { path: 'src/app.ts', text: 'const call = globalThis.fetch;' },
    { path: 'src/app.ts', text: 'const title = `${String(await fetch(url))}`;' },
  ],
  good: [
    { path: 'src/lib/http.ts', text: 'await fetch(url);' },
    { path: 'src/server.ts', text: 'app.mount(yoga.fetch); const options = { fetch: app.fetch };' },
  ],
};

const CLOCK =
  /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()|(?<![.\w$])Date\s*\(\s*\)|\bperformance\s*\.\s*now\b|\bTemporal\s*\.\s*Now\b|\bprocess\s*\.\s*hrtime\b/g;

const clock: Rule = {
  name: 'only lib/clock reads the clock',
  check: (source) =>
    isWithoutClock(source.path) ? inCode(source, CLOCK, 'take a Clock, or use lib/clock.ts') : [],
  bad: [
    { path: 'src/services/sync/plan.ts', text: 'const now = new Date();' },
    { path: 'src/services/sync/plan.ts', text: 'const now = Date.now();' },
    { path: 'src/lib/retry.ts', text: 'const start = performance.now();' },
    { path: 'src/lib/text.ts', text: 'const quotes = /[\'"`/]/; const now = Date.now();' },
    { path: 'src/lib/text.ts', text: 'const half = (a / b) / c; const now = Date.now(); // a/b' },
    { path: 'src/lib/text.ts', text: 'const deep = `a ${`b ${{ c: "}" }.c} ${Date.now()}`} c`;' },
    { path: 'src/jobs/scheduler.ts', text: 'const now = Temporal.Now.instant();' },
  ],
  good: [
    { path: 'src/lib/clock.ts', text: 'export const systemClock = () => new Date();' },
    { path: 'src/services/sync/plan.ts', text: 'const then = new Date(text);' },
    {
      path: 'src/lib/text.ts',
      text: 'const quotes = /[\'"`/]/; const words = "Date.now()"; /* Date.now() */',
    },
    { path: 'src/lib/text.ts', text: 'const deep = `Date.now() ${`Date.now() ${a}`} Date.now()`;' },
  ],
};

/**
 * Each vendor's name, in code and as a text. A sentence that mentions it is documentation.
 */
const VENDORS: readonly { folder: RegExp; code: RegExp; literal: RegExp }[] = [
  {
    folder: /\/meta\//,
    code: /(?<!\bimport\s*\.\s*)(?<![\w$])(?:meta|META)(?![\w$])|\b(?:meta|Meta)[A-Z]\w*|\bMeta\b|\w*[Ff]acebook\w*/g,
    literal: /^(?:\S*facebook\S*|meta)$/i,
  },
  { folder: /\/google\//, code: /\b\w*[Gg]oogle\w*|\bGOOGLE\w*/g, literal: /^\S*google\S*$/i },
  {
    folder: /\/amocrm\/|\/routes\/amocrm\.ts$/,
    code: /\b\w*(?:[Aa]mo[Cc]rm|[Kk]ommo)\w*/g,
    literal: /^\S*(?:amocrm|kommo)\S*$/i,
  },
  { folder: /\/nbk\//, code: /\b(?:nbk|NBK)\b|\bnbk[A-Z]\w*/g, literal: /^nbk$/i },
  { folder: /\/nbp\//, code: /\b(?:nbp|NBP)\b|\bnbp[A-Z]\w*/g, literal: /^nbp$/i },
  { folder: /\/ecb\//, code: /\b(?:ecb|ECB)\b|\becb[A-Z]\w*/g, literal: /^ecb$/i },
];

/** Names of the API that callers rely on. */
const PUBLISHED = /^(?:metaPixelId|metaCapiToken)$/;

/**
 * A registry, the settings, and the place where the two meet (which also points the connectors at the sandbox).
 */
function mayNameVendors(path: string): boolean {
  return (
    !path.startsWith('src/') ||
    /^src\/(config|app|main|cli)\.ts$/.test(path) ||
    path.startsWith('src/cli/') ||
    /^src\/connectors\/[^/]+\/index\.ts$/.test(path)
  );
}

const vendorNames: Rule = {
  name: "a vendor's name stays in its folder, its registry and the settings",
  check: (source) => {
    if (mayNameVendors(source.path)) return [];
    const folder = `/${source.path}`;
    return VENDORS.filter((vendor) => !vendor.folder.test(folder)).flatMap((vendor) => [
      ...inCode(source, vendor.code, 'names a vendor').filter(
        (finding) => !PUBLISHED.test(finding.message.replace('names a vendor: ', '')),
      ),
      ...inLiterals(source, vendor.literal, 'a text names a vendor'),
    ]);
  },
  bad: [
    { path: 'src/services/sync/plan.ts', text: "if (account.platform === 'META') split();" },
    { path: 'src/services/sync/plan.ts', text: 'const metaDays = 28;' },
    { path: 'src/services/sync/plan.ts', text: 'function readFacebookToken() {}' },
    { path: 'src/connectors/ads/meta/api.ts', text: "const also = 'googleads';" },
    { path: 'src/services/sales/ingest.ts', text: 'const stage = amocrmStage(lead);' },
    { path: 'src/services/rates/read.ts', text: "const source = 'NBK';" },
  ],
  good: [
    {
      path: 'src/services/sync/plan.ts',
      text: '// Meta restates 28 days.\nconst metadata = import.meta.url;',
    },
    { path: 'src/schema/structure.ts', text: "const description = 'Google: ad groups.';" },
    { path: 'src/services/clients/update.ts', text: 'const pixel = input.metaPixelId;' },
    { path: 'src/connectors/ads/meta/api.ts', text: "const platform = 'META';" },
    { path: 'src/connectors/ads/index.ts', text: 'export const PLATFORMS = { META: meta };' },
    { path: 'src/routes/amocrm.ts', text: "const path = '/webhooks/amocrm';" },
  ],
};

/** Google asks in a language of its own that reads like SQL. */
const OTHER_LANGUAGE = 'src/connectors/ads/google/fields.ts';

function mayHoldSql(path: string): boolean {
  if (path === OTHER_LANGUAGE) return true;
  return !path.startsWith('src/') || path.startsWith('src/db/') || path.endsWith('/sql.ts');
}

const PRISMA_SQL = /\$(?:queryRaw|executeRaw)(?:Unsafe)?\b|\bPrisma\s*\.\s*(?:sql|raw|join)\b/g;
const SQL_TEXT =
  /^\s*(?:\/\*[^*]*\*\/\s*)?(?:SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+(?:RECURSIVE\s+)?\w+\s*(?:\([^)]*\)\s*)?AS\s|(?:CREATE|ALTER|DROP|TRUNCATE)\s+[A-Z]+\s|COPY\s+\S+\s|(?:BEGIN|COMMIT|ROLLBACK)\b|SET\s+(?:LOCAL|SESSION|ROLE)\s|LISTEN\s|NOTIFY\s|LOCK\s+TABLE|select\s[^]*\sfrom\s|insert\s+into\s|delete\s+from\s|update\s+\w+\s+set\s)/;

const sqlRooms: Rule = {
  name: "SQL stands in a noun's sql.ts, in src/db or in a migration",
  check: (source) =>
    mayHoldSql(source.path)
      ? []
      : [
          ...inCode(source, PRISMA_SQL, 'SQL belongs into sql.ts'),
          ...inLiterals(source, SQL_TEXT, "SQL belongs into the noun's sql.ts"),
        ],
  bad: [
    { path: 'src/services/totals/read.ts', text: 'await ctx.db.prisma.$queryRaw`x`;' },
    { path: 'src/services/totals/read.ts', text: "await sql.query('SELECT 1 FROM clients');" },
    {
      path: 'src/jobs/runner.ts',
      text: 'await sql.query(`\n  /* run.end */ UPDATE runs SET ended = ${now}`);',
    },
    { path: 'src/schema/client.ts', text: "await sql.query('select id from clients');" },
  ],
  good: [
    { path: 'src/services/totals/sql.ts', text: "export const read = statement('a', 'SELECT 1');" },
    { path: 'src/db/client.ts', text: "await client.query('BEGIN');" },
    {
      path: 'src/schema/client.ts',
      text: "const description = 'Select a client, or with none all of them.';",
    },
  ],
};

const namedStatements: Rule = {
  name: 'every statement opens with its name',
  check: (source) =>
    /^src\/services\/.*\/sql\.ts$/.test(source.path)
      ? inCode(source, /\.query\s*(?:<[^(]*>)?\s*\((?!\s*`\s*\/\*)/g, 'use statement(name, text)').filter(
          ({ line }) =>
            !/\/\*/.test(
              source.text
                .split('\n')
                .slice(line - 1, line + 1)
                .join('\n'),
            ),
        )
      : [],
  bad: [{ path: 'src/services/totals/sql.ts', text: "const rows = await sql.query<Row>('SELECT 1', []);" }],
  good: [
    { path: 'src/services/totals/sql.ts', text: "export const read = statement('totals.read', 'SELECT 1');" },
    { path: 'src/services/totals/sql.ts', text: 'await sql.query(`/* totals.${name} */ SELECT 1`);' },
  ],
};

export const DOOR_RULES: readonly Rule[] = [
  environment,
  fetching,
  clock,
  vendorNames,
  sqlRooms,
  namedStatements,
];
