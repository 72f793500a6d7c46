import { z } from 'zod';

/** How much of a quota is used, as Meta's headers tell it. */
export interface Usage {
  /** Which header: the app, the ad account, the account's use case or the insights quota. */
  scope: 'APP' | 'ACCOUNT' | 'USE_CASE' | 'INSIGHTS';
  /** The ad account or business the quota belongs to, without `act_`; null = the one that was called. */
  subject: string | null;
  /** `ads_insights`, `ads_management` … */
  useCase: string | null;
  /** 0 to 100 and more. */
  percent: number;
  /** How long Meta takes no calls; 0 = it does. */
  pauseSeconds: number;
}

const figure = z.number().nonnegative().catch(0);
const app = z.object({ call_count: figure, total_time: figure, total_cputime: figure });
const account = z.object({ acc_id_util_pct: figure, reset_time_duration: figure });
const insights = z.object({ app_id_util_pct: figure, acc_id_util_pct: figure });
const useCases = z.record(
  z.string(),
  z.array(app.extend({ type: z.string().catch(''), estimated_time_to_regain_access: figure })),
);

/**
 * Reads Meta's four usage headers (Marketing API "Rate Limits"). All numbers are percent, except
 * estimated_time_to_regain_access (minutes) and reset_time_duration (seconds). What cannot be read counts as absent.
 */
export function readUsage(headers: Headers): Usage[] {
  return [
    ...read(headers, 'x-app-usage', app, (used): Usage[] => [entry('APP', top(used), 0)]),
    ...read(headers, 'x-ad-account-usage', account, (used) => {
      const full = used.acc_id_util_pct >= 100;
      return [entry('ACCOUNT', used.acc_id_util_pct, full ? used.reset_time_duration : 0)];
    }),
    ...read(headers, 'x-fb-ads-insights-throttle', insights, (used) => [
      entry('INSIGHTS', Math.max(used.app_id_util_pct, used.acc_id_util_pct), 0),
    ]),
    ...read(headers, 'x-business-use-case-usage', useCases, (all) =>
      Object.entries(all).flatMap(([subject, list]) =>
        list.map((used) => ({
          ...entry('USE_CASE', top(used), used.estimated_time_to_regain_access * 60),
          subject,
          useCase: used.type,
        })),
      ),
    ),
  ];
}

function read<T>(headers: Headers, name: string, schema: z.ZodType<T>, use: (value: T) => Usage[]): Usage[] {
  const text = headers.get(name);
  if (text === null) return [];
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? use(parsed.data) : [];
  } catch {
    return [];
  }
}

function entry(scope: Usage['scope'], percent: number, pauseSeconds: number): Usage {
  return { scope, subject: null, useCase: null, percent, pauseSeconds };
}

function top(used: z.infer<typeof app>): number {
  return Math.max(used.call_count, used.total_time, used.total_cputime);
}
