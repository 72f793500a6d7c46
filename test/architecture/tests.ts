import type { Rule } from './rule.ts';
import { inCode, inImports } from './rule.ts';

const isTest = (path: string) => path.startsWith('test/');

const runsWhole: Rule = {
  name: 'every test runs',
  check: (source) =>
    isTest(source.path)
      ? inCode(
          source,
          /\b(?:it|test|describe|suite)\b[.\w]*\.(?:only|skip|todo|fails)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(|\bctx\.skip\s*\(/g,
          'let it run',
        )
      : [],
  bad: [
    { path: 'test/lib/days.test.ts', text: "it.only('adds', () => {});" },
    { path: 'test/lib/days.test.ts', text: "describe.skip('days', () => {});" },
    { path: 'test/lib/days.test.ts', text: "test.concurrent.skip('days', () => {});" },
  ],
  good: [
    { path: 'test/lib/days.test.ts', text: "it('skips', () => list.skip(1));" },
    { path: 'test/db/account.test.ts', text: "it.runIf(isRoot)('changes user', () => {});" },
  ],
};

const SLEEP = /\bsetTimeout\s*\(|\bsetTimeout\b(?=\s*,)|\bscheduler\s*\.\s*wait\b/g;

const waitsForSignals: Rule = {
  name: 'a test waits for a signal, not for time to pass',
  check: (source) =>
    isTest(source.path) && !source.path.startsWith('test/support/')
      ? [
          ...inCode(source, SLEEP, 'wait for a signal'),
          ...source.imports
            .filter(({ specifier }) => /^(?:node:)?timers\/promises$/.test(specifier))
            .map(({ line }) => ({ path: source.path, line, message: 'wait for a signal' })),
        ]
      : [],
  bad: [
    { path: 'test/jobs/runner.test.ts', text: 'await new Promise((done) => setTimeout(done, 100));' },
    { path: 'test/jobs/runner.test.ts', text: "import { setTimeout as sleep } from 'node:timers/promises';" },
  ],
  good: [
    { path: 'test/jobs/runner.test.ts', text: "await waitFor(() => done, { what: 'the run' });" },
    { path: 'test/support/waitFor.ts', text: 'setTimeout(look, 10);' },
  ],
};

const realParts: Rule = {
  name: 'a test uses the real parts',
  check: (source) =>
    isTest(source.path)
      ? inCode(source, /\bvi\s*\.\s*(?:mock|doMock|stubGlobal)\s*\(/g, 'use the real one')
      : [],
  bad: [{ path: 'test/jobs/runner.test.ts', text: "vi.mock('../../src/lib/http.ts');" }],
  good: [{ path: 'test/jobs/runner.test.ts', text: 'const log = vi.fn();' }],
};

const apart: Rule = {
  name: 'a test file is imported by nobody',
  check: (source) =>
    inImports(source, (target) => (target.endsWith('.test.ts') ? `${target} is not a library` : null)),
  bad: [{ path: 'test/jobs/runner.test.ts', text: "import { start } from './scheduler.test.ts';" }],
  good: [{ path: 'test/jobs/runner.test.ts', text: "import { start } from '../support/app.ts';" }],
};

export const TEST_RULES: readonly Rule[] = [runsWhole, waitsForSignals, realParts, apart];
