/** Currencies without a smaller unit: one unit is one unit on the wire. */
const WHOLE = new Set([
  'BIF',
  'CLP',
  'DJF',
  'GNF',
  'ISK',
  'JPY',
  'KMF',
  'KRW',
  'PYG',
  'RWF',
  'UGX',
  'VND',
  'XAF',
  'XOF',
]);

/** Digits after the point: 2, or 0 for currencies without a smaller unit. */
export function minorDigits(currency: string): 0 | 2 {
  return WHOLE.has(currency) ? 0 : 2;
}

/** Minor units as decimal text, exact: 1435 of USD is `14.35`. */
export function moneyText(minor: number | bigint, currency: string): string {
  if (minorDigits(currency) === 0) return String(minor);
  const text = String(minor).padStart(3, '0');
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}

/** The same without needless zeros, the way action values are written: `90.5`, `7.17`, `40`. */
export function shortMoneyText(minor: number, currency: string): string {
  const text = moneyText(minor, currency);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Sums decimal texts of at most six digits after the point, exactly; `digits` are kept. */
export function sumDecimals(texts: Iterable<string>, digits: number): string {
  let micros = 0n;
  for (const text of texts) {
    const [whole = '0', fraction = ''] = text.split('.');
    micros += BigInt(whole + fraction.padEnd(6, '0').slice(0, 6));
  }
  const all = micros.toString().padStart(7, '0');
  const fraction = all.slice(-6, -6 + digits || undefined);
  return digits === 0 ? all.slice(0, -6) : `${all.slice(0, -6)}.${fraction}`;
}

/** What one USD buys, roughly: keeps prices of every currency believable. */
export function unitsPerDollar(currency: string): number {
  const rates: Record<string, number> = {
    USD: 1,
    EUR: 0.9,
    GBP: 0.8,
    PLN: 3.9,
    KZT: 510,
    JPY: 150,
    KRW: 1350,
  };
  return rates[currency] ?? 1;
}
