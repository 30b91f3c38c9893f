import type { Command } from 'commander';

/** Gives a command what all of them take. */
export const common = (command: Command): Command =>
  command
    .option('--url <address>', 'where the program is; PUBLIC_URL unless given')
    .option('--json', 'JSON, one line for each answer or item');

/** What all commands take. */
export interface CommonOptions {
  readonly url?: string;
  readonly json?: true;
}

/** Prints a line of JSON. */
export const printJson = (value: unknown): void => print(JSON.stringify(value));

/** Prints a line. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a line for whoever watches, apart from the result. */
export function note(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** Prints rows below their headings, in columns as wide as what is in them. */
export function printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const shown = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...shown.map((row) => row[column]!.length)));
  for (const row of shown)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}

/** Prints the members of something, each on a line. */
export function printMembers(members: object): void {
  const lines = Object.entries(members).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const width = Math.max(0, ...lines.map(([name]) => name!.length));
  for (const [name, value] of lines) print(`${name!.padEnd(width)}  ${printable(value!)}`);
}

/** Times as people read them, by the names that end in _at. */
export const withTimes = (members: object): object =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      name.endsWith('_at') && typeof value === 'number' && value > 0 ? time(value) : (value as unknown),
    ]),
  );

export const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** What a client wrote must not steer the terminal of an administrator. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '?');
