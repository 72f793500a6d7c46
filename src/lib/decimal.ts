const DECIMAL = /^-?(\d{1,40})(?:\.(\d{1,30}))?$/;

const ORDINARY = /^\d{1,15}(?:\.\d{1,30})?$/;

/** 10^15: beyond it no figure of an advertiser is believed, in any currency. */
const MAX_WHOLE = 1_000_000_000_000_000n;

/** True for `-?digits[.digits]`: what PostgreSQL's numeric takes as it stands. No exponent, no separators, no spaces. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** True for a decimal that an amount or a count can be: not negative and at most 10^15. */
export function isPlausibleAmount(text: string): boolean {
  // Nearly every figure there is, and far cheaper than the exact comparison below.
  if (ORDINARY.test(text)) return true;
  const match = DECIMAL.exec(text);
  if (!match?.[1] || text.startsWith('-')) return false;
  const whole = BigInt(match[1]);
  return whole < MAX_WHOLE || (whole === MAX_WHOLE && /^0*$/.test(match[2] ?? ''));
}

/** True for a plausible amount without a fraction. */
export function isPlausibleCount(text: string): boolean {
  return isPlausibleAmount(text) && !text.includes('.');
}
