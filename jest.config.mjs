import { installedEngines, missingEngines } from './test/support/engines.mjs';

const demanded = (process.env.REQUIRE_ENGINES ?? '').split(',');
for (const [engine, place] of missingEngines) {
  if (demanded.includes(engine))
    throw new Error(`REQUIRE_ENGINES names ${engine}, which is not installed: no ${place}`);
  process.stdout.write(`The tests on ${engine} are left out: it is not installed (no ${place}).\n`);
}

const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
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

/** What touches the storage: on every engine with npm run test:engines, since its races need more than two cores' patience. */
const core = [
  'test/(registration|client-management|initial-access-tokens|lookup|real-clients|leases|audit|administration)\\.e2e-spec\\.ts$',
  'test/standards/(rfc7591|rfc7592|openid-registration|client-metadata-registry|bearer)\\.e2e-spec\\.ts$',
];

/** Kills and races of several instances take minutes, and have a script of their own: npm run test:faults. */
const faults = 'test/(instances|kills|commits)\\.e2e-spec\\.ts$';

const onSqlite = {
  ...common,
  displayName: 'sqlite',
  globals: { engine: 'sqlite' },
  testRegex: ['src/.*\\.spec\\.ts$', 'test/.*\\.(spec|e2e-spec)\\.ts$'],
  testPathIgnorePatterns: ['/node_modules/', aboutServers, ...(process.env.COUNTS ? [] : [faults])],
};

const onServer = (engine) => ({
  ...common,
  displayName: engine,
  globals: { engine },
  testRegex: process.env.ALL_ENGINES ? [aboutServers, ...core] : [aboutServers],
  globalSetup: '<rootDir>/test/support/start-servers.mjs',
  globalTeardown: '<rootDir>/test/support/stop-servers.mjs',
});

export default {
  reporters: ['default', '<rootDir>/test/support/summary-reporter.mjs'],
  testTimeout: 20_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '700MB',
  projects: [onSqlite, ...installedEngines.map(onServer)],
};
