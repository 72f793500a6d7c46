import type { Concern, Failure } from '../../errors.ts';

/** Meta's error object, the parts that decide. Shape: Graph API "Handle Errors". */
export interface VendorError {
  code: number;
  subcode: number | null;
  isTransient: boolean;
  message: string;
}

/**
 * Why an insights question could not be answered as it was asked, though the account is fine: TOO_SLOW not in time ·
 * TOO_MUCH too many rows · FAILED the report broke · SKIPPED it expired before it was made · LOST its id is not known
 * any more · STUCK it makes no progress.
 */
export type Symptom = 'TOO_SLOW' | 'TOO_MUCH' | 'FAILED' | 'SKIPPED' | 'LOST' | 'STUCK';

export interface Verdict {
  failure: Failure;
  /** ACCOUNT when left out. */
  concerns?: Concern;
  /** Asking insights in another way may work. */
  symptom?: Symptom;
  /** What it means and what to do, for people. */
  say: string;
  /** WAIT: how long when Meta does not say, in seconds. */
  waitSeconds?: number;
  /** WAIT: never shorter than this, whatever Meta says, in seconds. */
  atLeastSeconds?: number;
  /** RETRY: the same call fails again; a whole new reading may work. */
  notInPlace?: boolean;
  /** RETRY: asking for fewer rows helps. */
  askForLess?: boolean;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const reauthorize = (say: string): Verdict => ({ failure: 'REAUTHORIZE', say });
/** The token is good for nothing any more, for no account. */
const dead = (say: string): Verdict => ({ ...reauthorize(say), concerns: 'CREDENTIAL' });
const wait = (say: string, waitSeconds = 5 * MINUTE): Verdict => ({ failure: 'WAIT', say, waitSeconds });
const retry = (say: string): Verdict => ({ failure: 'RETRY', say });
const fix = (say: string): Verdict => ({ failure: 'FIX', say });

const EXPIRED = dead('The access token has expired or was logged out: connect the account again.');
const BUSY = wait('Meta limits the calls for this ad account.');
const TOO_SLOW: Verdict = {
  ...retry('Meta could not compute the insights in time.'),
  symptom: 'TOO_SLOW',
  notInPlace: true,
};
const TOO_MUCH: Verdict = {
  ...retry('The answer is too heavy for Meta.'),
  symptom: 'TOO_MUCH',
  askForLess: true,
};

/**
 * `code/subcode` first, then `code`. Sources: Meta's Graph API "Handle Errors", Marketing API "Error Codes" and
 * "Insights API Error Codes", "Rate Limits". Hardly ever by message text or HTTP status: throttles come as 400 and 403.
 */
const TABLE: Readonly<Record<string, Verdict>> = {
  '1': { ...retry('Meta had an unknown error.'), askForLess: true },
  '1/2853001': fix('The profile is not linked to the page.'),
  '2': retry('Meta is temporarily unavailable.'),
  '2/1504038': TOO_SLOW,
  '2/1504041': fix('Meta refused the combination of breakdowns.'),
  '2/1504042': fix('Meta refused a metric.'),
  '2/1504043': retry('Meta had a passing error.'),
  '2/1504044': retry('Meta had an unknown error.'),
  '-2': { ...retry('Meta could not finish the report.'), symptom: 'FAILED' },
  '-3': { ...fix('The report is too large for Meta: ask for fewer days.'), symptom: 'TOO_MUCH' },
  '4': wait('Meta limits the calls of this app.'),
  '10': reauthorize('The permission is missing or was taken away: connect the account again.'),
  '17': wait('Meta limits the calls of this user.'),
  '32': wait('Meta limits the calls for this page.'),
  '100': fix('Meta refused a parameter or the account.'),
  '100/33': fix('The object does not exist or the token may not see it.'),
  '100/36007': fix('The connecting took too long: start it again.'),
  '100/36008': fix('Meta was called with another address than the dialog: check PUBLIC_URL.'),
  '100/36009': fix('This connecting was finished already: start it again.'),
  '100/1487534': {
    ...fix('The answer would be too large for Meta: ask for fewer days.'),
    symptom: 'TOO_MUCH',
  },
  '100/1504018': TOO_SLOW,
  '100/3191001': fix('The token may not read the insights of this account.'),
  '102': EXPIRED,
  '104': fix('The signature of the call is wrong: check the app secret.'),
  '190': dead('The access token is not valid: connect the account again.'),
  '190/458': dead('The app was removed by the person who connected it: connect the account again.'),
  '190/459': dead('Facebook asks the person who connected the account to log in and confirm.'),
  '190/460': dead('The password was changed: connect the account again.'),
  '190/463': EXPIRED,
  '190/464': dead('The person who connected the account is not confirmed by Facebook.'),
  '190/467': EXPIRED,
  '190/492': EXPIRED,
  '341': wait('Meta limits this app for a while.', HOUR),
  '368': wait('Meta blocked these calls as abusive for a while.', 24 * HOUR),
  '613': wait('Meta limits the rate of these calls.'),
  '613/1996': { ...wait('Meta finds the traffic odd.', 15 * MINUTE), atLeastSeconds: 15 * MINUTE },
  '960': retry('Meta did not finish the batch in time.'),
  '2500': fix('Meta does not know the address that was called.'),
  '2635': fix('Meta no longer serves this API version: raise META_API_VERSION.'),
  '2642': { ...retry('The place in the list is no longer valid.'), notInPlace: true },
  '3018': fix('Meta keeps 37 months of insights; the asked days are older.'),
};

const PERMISSION = reauthorize('The permission is missing or was taken away: connect the account again.');
const SERVER = retry('Meta had a server error.');

function fromRange(code: number): Verdict | undefined {
  if (code >= 200 && code <= 299) return PERMISSION;
  if (code >= 80_000 && code <= 80_014) return BUSY;
  return undefined;
}

/** Two refusals that share their code with others and differ by their text alone. */
const WORDED: readonly { code: number; says: RegExp; verdict: Verdict }[] = [
  { code: 1, says: /reduce the amount of data/i, verdict: TOO_MUCH },
  { code: 100, says: /while creating the report run/i, verdict: retry('Meta mixed up a report.') },
];

/** What to do about Meta's error. `status` only decides codes that nobody documented. */
export function judge(error: VendorError, status: number): Verdict {
  const worded = WORDED.find((known) => known.code === error.code && known.says.test(error.message));
  if (worded) return worded.verdict;
  const exact = TABLE[`${error.code}/${error.subcode}`];
  if (exact) return exact;
  const general = TABLE[String(error.code)] ?? fromRange(error.code);
  const passing = error.isTransient || error.subcode === 99;
  if (general) return general.failure === 'FIX' && passing ? { ...general, failure: 'RETRY' } : general;
  return passing || status >= 500 ? SERVER : fix('Meta refused the call.');
}

/** `190/463`, for people to look up. */
export function vendorCode(error: VendorError): string {
  return error.subcode === null ? String(error.code) : `${error.code}/${error.subcode}`;
}
