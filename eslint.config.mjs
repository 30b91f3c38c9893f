import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

/** The folders of src from the bottom up: each imports only from those before it. Features never import each other. */
const foundations = [
  'metadata',
  'config',
  'http',
  'compatibility',
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
  'metadata-documents',
  'initial-access-tokens',
  'trusted-issuers',
  'dynamic-clients',
];
const features = [
  'registration',
  'client-management',
  'portals',
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

const withNode = (...names) => names.flatMap((name) => [name, `node:${name}`]);

/** Ways out that nothing here takes, so that nothing that a caller writes leads this server elsewhere. */
const unguarded = [
  { group: withNode('https', 'http2', 'tls', 'dgram', 'child_process') },
  { group: ['axios', 'got', 'node-fetch'] },
  { group: withNode('http'), importNames: ['default', 'request', 'get', 'Agent', 'globalAgent', 'ClientRequest'] },
  { group: withNode('net'), importNames: ['default', 'connect', 'createConnection', 'Socket', 'Stream'] },
].map((pattern) => ({ ...pattern, message: 'Outgoing requests go through src/fetching.' }));

/** The guarded fetcher alone resolves names and connects. */
const outgoing = [
  ...unguarded,
  { group: ['undici', ...withNode('dns', 'dns/promises')], message: 'Outgoing requests go through src/fetching.' },
];

/** It connects to addresses that it has judged, over lines of its own; who somebody is, is never learned from the name of an address. */
const guarded = [
  ...unguarded,
  {
    group: ['undici'],
    allowImportNames: ['Client', 'errors'],
    message: 'Only a line of its own is pinned to an address.',
  },
  {
    group: withNode('dns', 'dns/promises'),
    importNames: ['default', 'reverse', 'lookupService'],
    message: 'Nothing is decided by the name that an address has: whoever has the address writes it.',
  },
];

/** What is imported later goes past the rules about imports. */
const noLaterImport = (selector) => ['error', { selector, message: 'Imports stand at the top of a file.' }];

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
    'no-restricted-syntax': noLaterImport('ImportExpression'),
  },
});

const directionOfImports = [
  forbid(['src/errors.ts', 'src/clock.ts'], [...foundations, ...features, ...top]),
  ...foundations.map((folder, level) =>
    forbid(
      [`src/${folder}/**/*.ts`],
      [...foundations.slice(level + 1), ...features, ...top],
      folder === 'fetching' ? guarded : outgoing,
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
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['fetch', 'WebSocket', 'EventSource', 'globalThis', 'global'].map((name) => ({
          name,
          message: 'Outgoing requests go through src/fetching.',
        })),
      ],
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
    rules: {
      'no-restricted-imports': ['error', { patterns: outgoing }],
      'no-restricted-syntax': noLaterImport(String.raw`ImportExpression:not([source.value=/^\.\//])`),
    },
  },
  ...directionOfImports,
);
