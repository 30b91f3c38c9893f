import { existsSync, readdirSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';

/** Files of these parts, each changed in all ways that Stryker knows, and judged by the tests of the spec beside it. */
const parts = {
  credentials: ['random-bytes', 'credentials', 'keyring', 'client-secrets'].map((name) => `src/clients/${name}.ts`),
  metadata: withSpecs('src/metadata'),
  templates: withSpecs('src/templates'),
};

/** What has no spec beside it is asked over HTTP; these few judge it. */
const judges = {};

function withSpecs(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  return files.map((name) => `${folder}/${name}`).filter((file) => existsSync(specOf(file)));
}

function specOf(file) {
  return file.replace(/\.ts$/, '.spec.ts');
}

const asked = process.argv.slice(2);
const files = (asked.length > 0 ? asked : Object.keys(parts)).flatMap((one) => parts[one] ?? [one]);
const counts = new Map();
for (const file of files) {
  // Read by jest.config.mjs: Stryker knows no projects of jest.
  process.env.MUTATION_TESTS = judges[file] ?? specOf(file);
  const mutants = await new Stryker({
    mutate: [file],
    testRunner: 'jest',
    testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
    coverageAnalysis: 'perTest',
    concurrency: 1,
    reporters: ['clear-text'],
    clearTextReporter: {
      allowColor: false,
      allowEmojis: false,
      logTests: false,
      reportTests: false,
      reportScoreTable: false,
    },
    allowConsoleColors: false,
    fileLogLevel: 'off',
    logLevel: 'warn',
  }).runMutationTest();
  counts.set(
    file,
    mutants.map(({ status }) => status),
  );
  process.stdout.write(`${line(file, counts.get(file))}\n`);
}
process.stdout.write(`\n${[...counts].map(([file, found]) => line(file, found)).join('\n')}\n`);
process.stdout.write(`${line('all', [...counts.values()].flat())}\n`);

/** The score as Stryker means it: what was found of all that compiles. */
function line(name, found) {
  const count = (...statuses) => found.filter((status) => statuses.includes(status)).length;
  const [killed, left] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  return `${name}: ${((100 * killed) / (killed + left)).toFixed(1)} %, ${killed} of ${killed + left}`;
}
