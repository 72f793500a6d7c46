/*
 * stdout carries a command's own output and nothing else, so that programs can read it; what is only for the people
 * who watch goes to stderr.
 */

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** One line of JSON. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Rows under their titles, in columns as wide as they need; nothing is cut off. */
export function printTable(titles: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))));
  for (const line of lines) {
    const cells = line.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)));
    printLine(cells.join('  ').trimEnd());
  }
}

/** Letters, not code units: names are in every script. */
function widthOf(text: string): number {
  return [...text].length;
}
