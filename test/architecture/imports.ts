import type { Rule } from './rule.ts';
import { inImports, roomOf, vendorFolderOf } from './rule.ts';

/** Earlier rows know nothing of later ones. */
const ROWS = [
  ['generated', 'lib', 'errors', 'config', 'installation'],
  ['connectors', 'db', 'emails', 'pubsub'],
  ['context'],
  ['services'],
  ['schema', 'routes', 'jobs'],
  ['server'],
  ['app', 'demo'],
  ['main', 'cli'],
];

/** The words of the database are known to its whole row; the first row builds on lib. */
const NEIGHBOURS: readonly (readonly [from: string, to: string])[] = [
  ['pubsub', 'src/db/enums.ts'],
  ['emails', 'src/db/enums.ts'],
  ['config', 'src/lib/'],
  ['config', 'src/errors.ts'],
  ['installation', 'src/lib/'],
  ['lib', 'src/errors.ts'],
  ['main', 'src/cli'],
  ['cli', 'src/main.ts'],
];

function rowOf(room: string): number {
  return ROWS.findIndex((row) => row.includes(room));
}

function judgeDirection(path: string, target: string): string | null {
  const from = roomOf(path);
  const to = roomOf(target);
  if (from === null || to === null || from === to) return null;
  if (rowOf(from) === -1) return `src/${from} has no place in the order of rooms`;
  if (rowOf(to) === -1) return `src/${to} has no place in the order of rooms`;
  if (rowOf(to) < rowOf(from)) return null;
  if (NEIGHBOURS.some(([room, door]) => room === from && target.startsWith(door))) return null;
  return `${from} must not import ${to}`;
}

const direction: Rule = {
  name: 'imports go one way',
  check: (source) => inImports(source, (target) => judgeDirection(source.path, target)),
  bad: [
    { path: 'src/lib/days.ts', text: "import { openDatabase } from '../db/client.ts';" },
    { path: 'src/lib/days.ts', text: "import type { Config } from '../config.ts';" },
    { path: 'src/services/sync/plan.ts', text: "export { builder } from '../../schema/builder.ts';" },
    { path: 'src/schema/run.ts', text: "import { jobs } from '../jobs/index.ts';" },
    { path: 'src/context.ts', text: "const later = await import('./services/access.ts');" },
    { path: 'src/connectors/ads/meta/api.ts', text: "import { sql } from '../../../db/sql.ts';" },
    { path: 'src/services/sync/plan.ts', text: "import { a } from '../../novelty/a.ts';" },
  ],
  good: [
    { path: 'src/services/sync/plan.ts', text: "import { sql } from '../../db/sql.ts';" },
    { path: 'src/services/sync/plan.ts', text: "import { access } from '../access.ts';" },
    { path: 'src/lib/days.ts', text: "// import { openDatabase } from '../db/client.ts';" },
    { path: 'src/cli.ts', text: "import { start } from './main.ts';" },
  ],
};

function judgeOutside(path: string, target: string): string | null {
  const [top] = path.split('/');
  const [targetTop] = target.split('/');
  if (top === 'src' && targetTop === 'sandbox') {
    return /^src\/(main\.ts$|cli\.ts$|cli\/)/.test(path) ? null : 'only main and cli start the sandbox';
  }
  if (top === 'src' && targetTop !== 'src') return `src must not import ${target}`;
  if (top === 'sandbox' && targetTop !== 'sandbox')
    return 'the sandbox is the outside world: it imports nothing of ours';
  if (top === 'web' && targetTop !== 'web') return 'the dashboard speaks GraphQL only';
  return null;
}

const outside: Rule = {
  name: 'the product, the outside world and the dashboard are apart',
  check: (source) => inImports(source, (target) => judgeOutside(source.path, target)),
  bad: [
    { path: 'src/app.ts', text: "import { startSandbox } from '../sandbox/index.ts';" },
    { path: 'src/app.ts', text: "import { waitFor } from '../test/support/waitFor.ts';" },
    { path: 'sandbox/meta/paging.ts', text: "import { cut } from '../../src/lib/text.ts';" },
    { path: 'web/main.tsx', text: "import { formulas } from '../src/services/performance/formulas.ts';" },
  ],
  good: [
    { path: 'src/cli/sandbox.ts', text: "import { startSandbox } from '../../sandbox/index.ts';" },
    { path: 'sandbox/meta/paging.ts', text: "import { world } from '../world/world.ts';" },
    { path: 'test/a.test.ts', text: "import { startSandbox } from '../sandbox/index.ts';" },
  ],
};

function judgeVendor(path: string, target: string): string | null {
  const vendor = vendorFolderOf(target);
  if (!path.startsWith('src/') || vendor === null || vendorFolderOf(path) === vendor) return null;
  const registry = vendor.replace(/[^/]+$/, 'index.ts');
  return path === registry ? null : `only ${registry} imports ${vendor}`;
}

const vendors: Rule = {
  name: 'vendors know nothing of each other, and only their registry knows them',
  check: (source) => inImports(source, (target) => judgeVendor(source.path, target)),
  bad: [
    { path: 'src/connectors/ads/google/api.ts', text: "import { request } from '../meta/api.ts';" },
    { path: 'src/services/sync/plan.ts', text: "import { meta } from '../../connectors/ads/meta/index.ts';" },
  ],
  good: [
    { path: 'src/connectors/ads/index.ts', text: "import { meta } from './meta/index.ts';" },
    { path: 'src/connectors/ads/meta/api.ts', text: "import { passing } from './answer.ts';" },
    { path: 'src/connectors/ads/meta/api.ts', text: "import type { AdPlatform } from '../contract.ts';" },
  ],
};

export const IMPORT_RULES: readonly Rule[] = [direction, outside, vendors];
