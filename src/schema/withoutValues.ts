/**
 * GraphQL's own messages repeat what was sent, whole inputs with the tokens and passwords in them. What was sent is cut
 * out; where it stood and what is wrong with it stays. (graphql 16: `coerceVariableValues`, `ValuesOfCorrectTypeRule`,
 * `Parser.expectToken`.)
 */
const VALUES: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^((?:Variable|Argument) "\$?\w+") has invalid value [^]*/, '$1 is not valid.'],
  [/(cannot represent [^:]*): [^]*$/, '$1.'],
  [/(Expected value of type "[^"]+"), found [^]*$/, '$1.'],
  [/((?:found|Unexpected) (?:String|BlockString|Name|Int|Float)) "[^]*$/, '$1.'],
];

/** The value may hold the words that end it, so the last of them count. */
const VARIABLE =
  /^(Variable "\$\w+") got invalid value ([^]*); (?=Field "|Expected |Enum "|Value "|\w+ cannot )/;
const PLACE = / at "[\w.[\]]+"$/;

/** The message without anybody's values. */
export function withoutValues(message: string): string {
  const placed = message.replace(
    VARIABLE,
    (_all, variable: string, value: string) => `${variable} is not valid${PLACE.exec(value)?.[0] ?? ''}; `,
  );
  return VALUES.reduce((left, [pattern, instead]) => left.replace(pattern, instead), placed);
}
