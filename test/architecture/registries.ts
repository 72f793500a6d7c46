import type { Source } from '../support/sources.ts';
import type { Rule } from './rule.ts';

/** What is added in one file and one line: a member of a folder, and the registry that lists it. */
const REGISTRIES: readonly { member: RegExp; says: RegExp; registry: (path: string) => string }[] = [
  {
    member: /^src\/jobs\/[^/]+\.ts$/,
    says: /(?<!\bfunction\s+)\bdefineJob\s*[(<]/,
    registry: () => 'src/jobs/index.ts',
  },
  {
    member: /^src\/schema\/[^/]+\.ts$/,
    says: /\bbuilder\s*\.\s*(?:query|mutation|subscription|prisma|object|input|enum|interface|union|node|drizzle)\w*\s*\(/,
    registry: () => 'src/schema/index.ts',
  },
  {
    member: /^src\/connectors\/[^/]+\/[^/]+\/index\.ts$/,
    says: /\bexport\b/,
    registry: (path) => path.replace(/[^/]+\/index\.ts$/, 'index.ts'),
  },
];

/** A member may also be reached through another member, as a type's file is by the queries that return it. */
function isReached(path: string, registry: string, all: readonly Source[]): boolean {
  const seen = new Set<string>();
  const open = [registry];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === path) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    const source = all.find((candidate) => candidate.path === next);
    for (const found of source?.imports ?? []) if (found.target !== null) open.push(found.target);
  }
  return false;
}

const registered: Rule = {
  name: 'what is added is registered',
  check: (source, all) =>
    REGISTRIES.filter(({ member, says }) => member.test(source.path) && says.test(source.code)).flatMap(
      ({ registry }) => {
        const list = registry(source.path);
        if (source.path === list || isReached(source.path, list, all)) return [];
        return [{ path: source.path, line: 1, message: `${list} does not list it` }];
      },
    ),
  beside: [
    {
      path: 'src/jobs/index.ts',
      text: "import { adsSync } from './adsSync.ts';\nexport const JOBS = [adsSync];",
    },
    { path: 'src/schema/index.ts', text: "import './client.ts';" },
    { path: 'src/connectors/ads/index.ts', text: "import { meta } from './meta/index.ts';" },
  ],
  bad: [
    { path: 'src/jobs/forgotten.ts', text: 'export const forgotten = defineJob({});' },
    { path: 'src/schema/forgotten.ts', text: "builder.queryField('forgotten', (t) => t.int());" },
    { path: 'src/connectors/ads/forgotten/index.ts', text: 'export const forgotten = {};' },
  ],
  good: [
    { path: 'src/jobs/adsSync.ts', text: 'export const adsSync = defineJob({});' },
    { path: 'src/jobs/define.ts', text: 'export function defineJob<P>(definition: P) {}' },
    { path: 'src/jobs/runner.ts', text: 'export function startRunner() {}' },
    { path: 'src/schema/client.ts', text: "builder.prismaObject('Client', {});" },
    { path: 'src/connectors/ads/meta/index.ts', text: 'export const meta = {};' },
  ],
};

export const REGISTRY_RULES: readonly Rule[] = [registered];
