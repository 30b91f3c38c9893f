import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const folder = 'docs';
const text = readFileSync(join(folder, 'standards.md'), 'utf8');

/** What the short names in brackets stand for: paths relative to the document. */
const files = new Map(
  [...text.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name, path]) => [name!, join(folder, path!)]),
);

const shortNames = (cell: string) => [...cell.matchAll(/\[([^\]]+)\]/g)].map(([, name]) => name!);

const clauses = text
  .split('\n')
  .filter((line) => /^\| (?!---|Clause \|)/.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
  .filter((cells) => cells.length === 4)
  .map(([clause = '', meaning = '', where = '', tests = '']) => ({ row: `${clause}: ${meaning}`, where, tests }));

const namedTests = clauses.flatMap(({ tests }) =>
  [...tests.matchAll(/\[([^\]]+)\] `([^`]+)`/g)].map(([, file, title]) => ({
    path: files.get(file!) ?? '',
    title: title!,
  })),
);

/** The titles of the tests in a file, as they are written in it. */
const titlesIn = (source: string) =>
  [...source.matchAll(/(?:\bit|[)\]])\(\s*'([^'\n]+ \([^()\n]+\))',/g)].map(([, title]) => title!);

const folderOfTests = 'test/standards';
const specifications = readdirSync(folderOfTests).filter((name) => name.endsWith('-spec.ts'));

describe('docs/standards.md', () => {
  it('names only files that exist', () => {
    expect([...files].filter(([, path]) => !existsSync(path))).toEqual([]);
  });

  it('says for every clause which file does it and which test proves it', () => {
    const test = '\\[[^\\]]+\\] `[^`]+`';
    const oneOrMore = new RegExp(`^${test}(?:<br>${test})*$`);
    expect(clauses.length).toBeGreaterThan(150);
    expect(clauses.filter(({ where, tests }) => shortNames(where).length === 0 || !oneOrMore.test(tests))).toEqual([]);
    const unknown = clauses.flatMap(({ where, tests }) => shortNames(where + tests)).filter((name) => !files.has(name));
    expect(unknown).toEqual([]);
  });

  it('names only tests that exist, in the files that it says', () => {
    const sources = new Map([...files.values()].map((path) => [path, readFileSync(path, 'utf8')]));
    expect(namedTests.length).toBeGreaterThan(250);
    expect(namedTests.filter(({ path, title }) => !sources.get(path)?.includes(`'${title}'`))).toEqual([]);
  });

  it.each(specifications)('names every test of %s', (name) => {
    const path = join(folderOfTests, name);
    const source = readFileSync(path, 'utf8');
    const titles = titlesIn(source);
    expect(titles).toHaveLength(source.match(/^\s*it(?:\.each)?\b/gm)!.length);
    const inDocument = namedTests.filter((one) => one.path === path).map(({ title }) => title);
    expect(titles.filter((title) => !inDocument.includes(title))).toEqual([]);
  });
});
