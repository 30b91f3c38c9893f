import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);

export const table = (header, rows) =>
  [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

export const range = ({ median, min, max }) => `${median} (${min}–${max})`;

/** Writes `results/<kind>-<name>.json`. */
export function keepResult(kind, name, result) {
  mkdirSync(here('./results/'), { recursive: true });
  writeFileSync(here(`./results/${kind}-${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** All that is kept of a kind. */
export const keptResults = (kind) =>
  readdirSync(here('./results/'))
    .filter((file) => file.startsWith(`${kind}-`))
    .map((file) => JSON.parse(readFileSync(here(`./results/${file}`), 'utf8')));

/** Writes the section of README.md between the markers of that name. */
export function publish(name, section) {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const readme = readFileSync(here('./README.md'), 'utf8');
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`bench/README.md lacks the markers of ${name}`);
  writeFileSync(here('./README.md'), `${before}${begin}\n\n${section}\n\n${end}${after}`);
}
