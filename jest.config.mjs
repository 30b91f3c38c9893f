import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath, isChromiumHere } from './test/support/chromium.mjs';
import { missingEngines, testedEngines } from './test/support/engines.mjs';

const demanded = (process.env.REQUIRE_ENGINES ?? '').split(',');
for (const [engine, places] of missingEngines) {
  if (demanded.includes(engine))
    throw new Error(`REQUIRE_ENGINES names ${engine}, which is not installed: no ${places.join(', no ')}`);
  process.stdout.write(`The tests on ${engine} are left out: it is not installed (no ${places.join(', no ')}).\n`);
}

if (!isChromiumHere) {
  if (process.env.REQUIRE_BROWSER === 'on')
    throw new Error(`REQUIRE_BROWSER is on, and there is no browser: no ${chromiumPath}`);
  process.stdout.write(`The tests in a browser are left out: it is not installed (no ${chromiumPath}).\n`);
}

/** Where the files that run the built program share it. */
const buildFolder = join(tmpdir(), `clientele-build-${process.pid}`);

const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  setupFilesAfterEnv: ['<rootDir>/test/support/second-try.mjs'],
  // Where Stryker copies all of this to.
  modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** What is about a server: an engine's own behaviour, and that it answers as SQLite does. */
const aboutServers = 'test/(engines|equal-answers)\\.e2e-spec\\.ts$';

/** What has databases of its own, needs none, or asks over REST what others ask too: once, not once for each engine. */
const withOwnDatabases =
  'test/(agreement|built-program|command-line|copy|credentials|data-sources|doctor|expire-command|fail-over|fetching|forged-tokens|full-disk|hostile-hosts|idempotency|import-export|migrate|sizes|timing)\\.(e2e-)?spec\\.ts$';

/** Pages in a real browser: they are the same on every engine. */
const inBrowser = 'test/browser/';

/** Kills and races of several instances take minutes, and have a script of their own: npm run test:faults. */
const faults = 'test/(instances|kills|commits)\\.e2e-spec\\.ts$';

/** Made-up input takes minutes as well: npm run test:fuzz. It is other input each time, and the same again under its seed. */
const fuzz = 'test/fuzz/';

/** What takes long, is brought about once in a while, and has its results in docs/operating.md: npm run test:by-hand. */
const byHand = 'test/by-hand/';

/** What becomes of clients is the same on every engine. */
const lives = 'test/fuzz/lives\\.e2e-spec\\.ts$';

if (process.env.FUZZ_CASES) {
  process.env.FUZZ_SEED ??= String(randomInt(2 ** 31));
  process.stdout.write(`What is made up comes from FUZZ_SEED=${process.env.FUZZ_SEED}.\n`);
}

const onSqlite = {
  ...common,
  displayName: 'sqlite',
  globals: { engine: 'sqlite', buildFolder },
  testRegex: ['src/.*\\.spec\\.ts$', 'test/.*\\.(spec|e2e-spec)\\.ts$'],
  testPathIgnorePatterns: [
    '/node_modules/',
    aboutServers,
    ...(isChromiumHere ? [] : [inBrowser]),
    ...(process.env.COUNTS ? [] : [faults]),
    ...(process.env.FUZZ_CASES ? [] : [fuzz]),
    ...(process.env.BY_HAND ? [] : [byHand]),
  ],
};

/** What a cluster of MariaDB answers: what becomes of it as such is for the tests of faults. */
const onCluster = 'test/equal-answers\\.e2e-spec\\.ts$';

const onServer = (engine) => ({
  ...common,
  displayName: engine,
  globals: { engine, buildFolder },
  // All that goes over HTTP, with npm run test:engines: one engine is enough to tell whether a change works.
  testRegex:
    engine === 'galera'
      ? [onCluster]
      : [process.env.ALL_ENGINES ? 'test/.*e2e-spec\\.ts$' : aboutServers, ...(process.env.FUZZ_CASES ? [lives] : [])],
  testPathIgnorePatterns: [
    '/node_modules/',
    withOwnDatabases,
    inBrowser,
    faults,
    byHand,
    process.env.FUZZ_CASES ? `${fuzz}(?!lives)` : fuzz,
  ],
  globalSetup: '<rootDir>/test/support/start-servers.mjs',
  globalTeardown: '<rootDir>/test/support/stop-servers.mjs',
});

const all = {
  reporters: [
    'default',
    ['<rootDir>/test/support/remove-build.mjs', { buildFolder }],
    '<rootDir>/test/support/summary-reporter.mjs',
  ],
  // It ends what hangs; what has to be quick measures that itself, and machines may be busy.
  testTimeout: 120_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '700MB',
  projects: [onSqlite, ...testedEngines.map(onServer)],
};

/** Stryker, which knows no projects, runs these on SQLite: npm run test:mutation. */
const { displayName, ...alone } = onSqlite;
export default process.env.MUTATION_TESTS
  ? { ...alone, testRegex: [process.env.MUTATION_TESTS], testTimeout: all.testTimeout, watchman: false }
  : all;
