import { DatabaseError, errorCode, errorText } from '../errors.ts';

/** What can be done whenever the embedded server cannot be had. */
export const WAY_OUT =
  'Set TRIBUTARY_DATA_DIR to a folder that can be used, or DATABASE_URL to a PostgreSQL server of your own.';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
};

/** Runs one step; what the system reports is told in plain words: "Cannot <step>: the disk is full. <way out>". */
export async function explained<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw new DatabaseError(`Cannot ${step}: ${REASONS[errorCode(error)] ?? errorText(error)}. ${WAY_OUT}`, {
      cause: error,
    });
  }
}

const TOLD = /(?:FATAL|PANIC|ERROR|error):\s+(.*)/;

/** The reason in what a PostgreSQL program wrote: its first fatal line, or the last line, or null for silence. */
export function reasonIn(output: string): string | null {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines) {
    const told = TOLD.exec(line)?.[1];
    if (told) return told;
  }
  return lines.at(-1)?.trim() ?? null;
}
