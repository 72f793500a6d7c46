import { readFileSync } from 'node:fs';

/*
 * Prints `<passed> <failed>` from the report of vitest's json reporter. A test file that could not even be
 * loaded has no tests in the report and counts as one failure.
 */
const [path] = process.argv.slice(2);
const report = JSON.parse(readFileSync(path, 'utf8'));
const unloaded = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
process.stdout.write(`${report.numPassedTests} ${report.numFailedTests + unloaded.length}\n`);
