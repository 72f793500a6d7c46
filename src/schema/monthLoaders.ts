import DataLoader from 'dataloader';
import type { Context } from '../context.ts';
import { readAdjustments } from '../services/months/read.ts';
import type { AdjustmentRow } from '../services/months/sql.ts';

interface MonthRef {
  clientId: string;
  monthId: string;
}

/** One request's loaders of months. */
export interface MonthLoaders {
  monthAdjustments: DataLoader<MonthRef, AdjustmentRow[], string>;
}

export function createMonthLoaders(ctx: Context): MonthLoaders {
  return {
    monthAdjustments: new DataLoader<MonthRef, AdjustmentRow[], string>(
      async (keys) => {
        const rows = await readAdjustments(ctx, keys);
        return keys.map(({ monthId }) => rows.filter((row) => row.month_id === monthId));
      },
      { cacheKeyFn: ({ monthId }) => monthId },
    ),
  };
}
