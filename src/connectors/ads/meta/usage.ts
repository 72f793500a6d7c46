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
const useCase = app.extend({ type: z.string().catch(''), estimated_time_to_regain_access: figure });
const useCases = z.record(z.string(), z.array(useCase));

/**
 * Reads Meta's four usage headers (Marketing API "Rate Limits"). All numbers are percent, except
 * estimated_time_to_regain_access (minutes) and reset_time_duration (seconds). What cannot be read counts as absent.
 */
export function readUsage(headers: Headers): Usage[] {
  return [
    ...read(app, headers.get('x-app-usage')).map((used) => entry('APP', top(used), 0)),
    ...read(account, headers.get('x-ad-account-usage')).map((used) => {
      const full = used.acc_id_util_pct >= 100;
      return entry('ACCOUNT', used.acc_id_util_pct, full ? used.reset_time_duration : 0);
    }),
    ...read(insights, headers.get('x-fb-ads-insights-throttle')).map((used) =>
      entry('INSIGHTS', Math.max(used.app_id_util_pct, used.acc_id_util_pct), 0),
    ),
    ...read(useCases, headers.get('x-business-use-case-usage')).flatMap(Object.entries).flatMap(ofSubject),
  ];
}

function ofSubject([subject, list]: [string, z.infer<typeof useCase>[]]): Usage[] {
  return list.map((used) => ({
    ...entry('USE_CASE', top(used), used.estimated_time_to_regain_access * 60),
    subject,
    useCase: used.type,
  }));
}

/** One value, or none when the header is absent or cannot be read. */
function read<T>(schema: z.ZodType<T>, text: string | null): T[] {
  try {
    const parsed = schema.safeParse(JSON.parse(text ?? 'null'));
    return parsed.success ? [parsed.data] : [];
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
