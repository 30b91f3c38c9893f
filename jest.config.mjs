export default {
  testEnvironment: 'node',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.mjs'],
  testRegex: ['src/.*\\.spec\\.ts$', 'test/.*\\.(spec|e2e-spec)\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  testTimeout: 20_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '700MB',
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
