import { SingleBar } from 'cli-progress';
import type { RunProgress } from '../../pubsub.ts';
import { printLine } from '../print.ts';

/** Shows people how a run gets on. */
export interface Reporter {
  show(progress: RunProgress): void;
  end(): void;
}

/** A bar on a terminal, plain lines elsewhere, nothing where a program reads the outcome. */
export function createReporter(isSilent: boolean): Reporter {
  if (isSilent) return { show: () => undefined, end: () => undefined };
  return process.stderr.isTTY && process.stdout.isTTY ? createBar() : createLines(printLine);
}

const FORMAT = '[{bar}] {value}/{total} accounts | {records} records | {eta_formatted} left';

function createBar(): Reporter {
  // The bar's own handler would raise the signal a second time, which ends the process at once.
  const bar = new SingleBar({
    format: FORMAT,
    formatTime,
    gracefulExit: false,
    hideCursor: true,
    linewrap: false,
    barsize: 24,
  });
  let started = false;
  return {
    show: ({ tasksTotal, tasksDone, recordsSynced }) => {
      const shown = { records: formatCount(recordsSynced) };
      if (!started) bar.start(tasksTotal, tasksDone, shown);
      started = true;
      bar.update(tasksDone, shown);
    },
    end: () => {
      if (started) bar.stop();
    },
  };
}

/** The library says 'NULL' and 'INF' for a time it cannot know yet. */
function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${String(minutes)} min` : `${String(Math.round(seconds))} s`;
}

/** A line whenever an account is done; records alone come too often. */
export function createLines(print: (line: string) => void): Reporter {
  let done = -1;
  return {
    show: ({ tasksTotal, tasksDone, recordsSynced }) => {
      if (tasksDone === done || tasksTotal === 0) return;
      done = tasksDone;
      print(`${String(tasksDone)} of ${String(tasksTotal)} accounts, ${formatCount(recordsSynced)} records`);
    },
    end: () => undefined,
  };
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
