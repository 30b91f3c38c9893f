import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, type } from 'node:os';

const here = (path) => new URL(path, import.meta.url);

/** The middle, the least and the most of some figures. */
export function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: round((sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2),
    min: round(sorted[0]),
    max: round(sorted.at(-1)),
  };
}

/** Three digits are more than such a measurement can promise. */
export const round = (figure) => Number(figure.toPrecision(3));

/** What a result is worth nothing without. */
export const machine = () => ({
  processor: cpus()[0].model,
  cores: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  system: `${type()} ${process.arch}`,
  node: process.version,
});

export const table = (header, rows) =>
  [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** Writes `results/<name>.json` and the section of README.md between the markers of that name. */
export function publish(name, result, section) {
  mkdirSync(here('./results/'), { recursive: true });
  writeFileSync(here(`./results/${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const readme = readFileSync(here('./README.md'), 'utf8');
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`bench/README.md lacks the markers of ${name}`);
  writeFileSync(here('./README.md'), `${before}${begin}\n\n${section}\n\n${end}${after}`);
}
