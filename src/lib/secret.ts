import { inspect } from 'node:util';

const PRINTED = '[redacted]';

/** Text that must not be printed. Every way of turning it into text gives `[redacted]`; `reveal()` gives the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  /** The only part that may be shown to people. */
  lastFour(): string {
    return this.#text.slice(-4);
  }

  toString(): string {
    return PRINTED;
  }

  toJSON(): string {
    return PRINTED;
  }

  [inspect.custom](): string {
    return PRINTED;
  }
}
