import { SingleBar } from 'cli-progress';
import type { RunProgress } from '../../pubsub.ts';
import { printLine } from '../print.ts';

/** Shows people how a run gets on. */
export interface Reporter {
  show(progress: RunProgress): void;
  end(): void;
}

/**
 * A bar on a terminal, plain lines elsewhere, nothing where a program reads the outcome. `parts` are what its tasks
 * are about.
 */
export function createReporter(isSilent: boolean, parts = 'accounts'): Reporter {
  if (isSilent) return { show: () => undefined, end: () => undefined };
  return process.stderr.isTTY && process.stdout.isTTY ? createBar(parts) : createLines(printLine, parts);
}

function createBar(parts: string): Reporter {
  // The bar's own handler would raise the signal a second time, which ends the process at once.
  const bar = new SingleBar({
    format: `[{bar}] {value}/{total} ${parts} | {records} records | {eta_formatted} left`,
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

/** A line whenever a part is done; records alone come too often. */
export function createLines(print: (line: string) => void, parts = 'accounts'): Reporter {
  let done = -1;
  return {
    show: ({ tasksTotal, tasksDone, recordsSynced }) => {
      if (tasksDone === done || tasksTotal === 0) return;
      done = tasksDone;
      print(`${String(tasksDone)} of ${String(tasksTotal)} ${parts}, ${formatCount(recordsSynced)} records`);
    },
    end: () => undefined,
  };
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}
