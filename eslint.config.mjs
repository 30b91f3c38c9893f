import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

/** The folders of src from the bottom up: each imports only from those before it. Features never import each other. */
const foundations = [
  'metadata',
  'config',
  'http',
  'fetching',
  'data-sources',
  'rate-limits',
  'clients',
  'issuers',
  'users',
  'token-models',
  'audit',
  'administrators',
  'accounts',
  'templates',
  'lifecycle',
  'admission',
  'initial-access-tokens',
  'trusted-issuers',
];
const features = [
  'registration',
  'client-management',
  'simulations',
  'token-service',
  'lookup',
  'discovery',
  'operations',
  'command-line',
];
const top = ['database'];

const unplaced = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && ![...foundations, ...features, ...top].includes(entry.name))
  .map(({ name }) => name);
if (unplaced.length > 0) throw new Error(`say in eslint.config.mjs what may import src/${unplaced.join(', src/')}`);

/** The files of src itself, but for those that anything may import. */
const topFiles = readdirSync('src')
  .filter((name) => name.endsWith('.ts') && !['errors.ts', 'clock.ts', 'progress.ts'].includes(name))
  .map((name) => name.slice(0, -'.ts'.length).replaceAll('.', '\\.'));

/** Modules that reach out: only the guarded fetcher may, so that nothing that a caller writes leads this server elsewhere. */
const outgoing = [
  { group: ['https', 'http2', 'tls', 'dns', 'dns/promises', 'dgram'].flatMap((name) => [name, `node:${name}`]) },
  { group: ['undici', 'axios', 'got', 'node-fetch'] },
  { group: ['http', 'node:http'], importNames: ['default', 'request', 'get', 'Agent', 'globalAgent', 'ClientRequest'] },
  { group: ['net', 'node:net'], importNames: ['default', 'connect', 'createConnection'] },
].map((pattern) => ({ ...pattern, message: 'Outgoing requests go through src/fetching.' }));

/** Who somebody is, is never learned from the name of an address: whoever has the address writes that name. */
const namesOfAddresses = ['dns', 'node:dns', 'dns/promises', 'node:dns/promises'].map((name) => ({
  group: [name],
  importNames: ['default', 'reverse', 'lookupService'],
  message: 'Nothing is decided by the name that an address has.',
}));

const forbid = (files, folders, modules = outgoing) => ({
  files,
  ignores: ['**/*.spec.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...modules,
          { group: folders.map((folder) => `**/${folder}/**`), message: 'Imports point downwards only.' },
          {
            regex: `^\\.\\./(\\.\\./)?(${topFiles.join('|')})\\.js$`,
            message: 'Nothing imports the top.',
          },
        ],
      },
    ],
    'no-restricted-syntax': ['error', { selector: 'ImportExpression', message: 'Imports stand at the top of a file.' }],
  },
});

const directionOfImports = [
  forbid(['src/errors.ts', 'src/clock.ts'], [...foundations, ...features, ...top]),
  ...foundations.map((folder, level) =>
    forbid(
      [`src/${folder}/**/*.ts`],
      [...foundations.slice(level + 1), ...features, ...top],
      folder === 'fetching' ? namesOfAddresses : outgoing,
    ),
  ),
  ...features.map((folder) =>
    forbid([`src/${folder}/**/*.ts`], [...features.filter((other) => other !== folder), ...top]),
  ),
];

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'data', 'coverage'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**', 'src/**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment.' },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Outgoing requests go through src/fetching.' }],
    },
  },
  {
    // The command line speaks to the program that whoever runs it names.
    files: ['src/command-line/registry.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    // What comes over HTTP is JSON of any shape, and the assertions say which.
    files: ['test/**/*.ts', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['src/*.ts', 'src/database/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: outgoing }] },
  },
  ...directionOfImports,
);
