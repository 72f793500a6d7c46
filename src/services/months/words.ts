/** Why a figure of a FINAL month is another one today. */
export const ADJUSTMENT_CAUSES = [
  'LATE_CONVERSIONS',
  'DELETED_AD',
  'RATE',
  'CONFIGURATION',
  'MANUAL',
  'RESTATEMENT',
] as const;
export type AdjustmentCause = (typeof ADJUSTMENT_CAUSES)[number];
