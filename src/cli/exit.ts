/** What a command leaves behind: 0 done, 1 failed, 2 wrong usage, 3 done in part. */
export const EXIT = { DONE: 0, FAILED: 1, USAGE: 2, PARTIAL: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
