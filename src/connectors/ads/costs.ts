/** What reading takes when nothing goes wrong, for plans that are made before anything is asked. Absent = not known. */
export interface CallCosts {
  /** What the platform's quota counts. */
  unit: 'CALLS' | 'OPERATIONS';
  /** Of a task, before its first day: structure, conversion windows. */
  perTask: number;
  /** Of a window of days, whatever it brings: campaigns, totals. */
  perWindow: number;
  /** Insight rows that fill one more call; null = they all come with the window's. */
  rowsPerCall: number | null;
}
