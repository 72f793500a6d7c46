import type { Rule } from './rule.ts';
import { inCode } from './rule.ts';

const MOST_LINES = 300;

const EMPTY_NAMES = /^(?:utils?|helpers?|common|misc|shared|managers?)$/i;
const EMPTY_ENDINGS = /(?:Utils?|Helpers?|Manager|[-.](?:utils?|helpers?|manager))$/;

const names: Rule = {
  name: 'a name says what is inside',
  check: ({ path }) =>
    path
      .split('/')
      .map((part) => part.replace(/\.(?:test\.)?(?:tsx?|mjs)$/, ''))
      .filter((part) => EMPTY_NAMES.test(part) || EMPTY_ENDINGS.test(part))
      .map((part) => ({ path, line: 1, message: `"${part}" could hold anything` })),
  bad: [
    { path: 'src/lib/utils.ts', text: '' },
    { path: 'test/helpers/database.ts', text: '' },
    { path: 'src/services/sync/syncManager.ts', text: '' },
    { path: 'src/common/days.ts', text: '' },
  ],
  good: [{ path: 'src/lib/days.ts', text: '' }],
};

const defaultExports: Rule = {
  name: 'exports have names',
  check: (source) =>
    /^[^/]+\.config\.ts$/.test(source.path)
      ? []
      : inCode(source, /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/g, 'export it by name'),
  bad: [
    { path: 'src/jobs/adsSync.ts', text: 'export default defineJob({});' },
    { path: 'src/jobs/adsSync.ts', text: 'export { job as default };' },
  ],
  good: [
    { path: 'vitest.config.ts', text: 'export default {};' },
    { path: 'src/jobs/adsSync.ts', text: 'export const adsSync = defineJob({});' },
  ],
};

const barrels: Rule = {
  name: 'nothing is exported a second time',
  check: (source) =>
    source.imports
      .filter((found) => found.reExport && found.target !== null)
      .map(({ line, specifier }) => ({
        path: source.path,
        line,
        message: `import ${specifier} where it is used`,
      })),
  bad: [
    { path: 'src/services/sync/index.ts', text: "export * from './plan.ts';" },
    { path: 'src/services/sync/index.ts', text: "export type { Plan } from './plan.ts';" },
    { path: 'src/services/sync/index.ts', text: "export {\n  plan,\n  check as judge,\n} from './plan.ts';" },
  ],
  good: [
    { path: 'src/jobs/index.ts', text: "import { a } from './a.ts';\nexport const JOBS = [a];" },
    { path: 'src/lib/log.ts', text: "export type { Logger } from 'pino';" },
    { path: 'src/jobs/a.ts', text: "export const words = 'export * from';" },
  ],
};

const length: Rule = {
  name: `no file is longer than ${String(MOST_LINES)} lines`,
  check: ({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines > MOST_LINES ? [{ path, line: lines, message: `${String(lines)} lines` }] : [];
  },
  bad: [{ path: 'src/lib/days.ts', text: 'const a = 1;\n'.repeat(MOST_LINES + 1) }],
  good: [{ path: 'src/lib/days.ts', text: 'const a = 1;\n'.repeat(MOST_LINES) }],
};

export const NAME_RULES: readonly Rule[] = [names, defaultExports, barrels, length];
