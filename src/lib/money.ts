/** A decimal number as text, `-?digits[.digits]`. */
type DecimalText = string;

const CANONICAL_WHOLE = /^(0|-?[1-9]\d*)$/;

/** True for a decimal text that is zero however it is written: `0`, `0.00`, `-0`. */
export function isZero(text: DecimalText): boolean {
  return text === '0' || canonical(text) === '0';
}

/** The one way to write a number: no leading zeros, no trailing zeros after the point, no `-0`. */
export function canonical(text: DecimalText): DecimalText {
  if (CANONICAL_WHOLE.test(text)) return text;
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text).toString();
  return format(BigInt(text.slice(0, point) + text.slice(point + 1)), text.length - point - 1);
}

/** An exact running sum. Numbers of any size and any count of decimals; nothing is ever rounded. */
export class DecimalSum {
  #units = 0n;
  /** The sum is `#units` × 10^-`#scale`. */
  #scale = 0;

  /** Throws SyntaxError when `text` is not a decimal. */
  add(text: DecimalText): this {
    return this.#move(text, false);
  }

  subtract(text: DecimalText): this {
    return this.#move(text, true);
  }

  isZero(): boolean {
    return this.#units === 0n;
  }

  /** The sum in its canonical writing. */
  text(): DecimalText {
    return format(this.#units, this.#scale);
  }

  #move(text: DecimalText, negated: boolean): this {
    if (text === '0') return this;
    const point = text.indexOf('.');
    const scale = point < 0 ? 0 : text.length - point - 1;
    let units = BigInt(point < 0 ? text : text.slice(0, point) + text.slice(point + 1));
    if (scale > this.#scale) {
      this.#units *= 10n ** BigInt(scale - this.#scale);
      this.#scale = scale;
    } else if (scale < this.#scale) units *= 10n ** BigInt(this.#scale - scale);
    this.#units = negated ? this.#units - units : this.#units + units;
    return this;
  }
}

function format(units: bigint, scale: number): DecimalText {
  if (scale === 0) return units.toString();
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, -scale);
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}
