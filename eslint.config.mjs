import tseslint from 'typescript-eslint';

/**
 * Which folder may import which: a folder imports from the layers below its own, never from above.
 * Folders of one entry in `siblings` are features and never import each other.
 */
const layers = [
  ['metadata', 'data-sources', 'fetching', 'http', 'config'],
  ['clients', 'audit', 'administrators'],
  ['templates'],
  ['admission'],
  ['initial-access-tokens', 'software-statements'],
  ['registration', 'client-management', 'token-service', 'lookup', 'discovery', 'lifecycle', 'operations'],
];
const features = layers.at(-1);

const forbidden = (folders, message) => ({
  group: folders.map((folder) => `**/${folder}/**`),
  message,
});

const directionOfImports = layers.flatMap((folders, level) =>
  folders.map((folder) => ({
    files: [`src/${folder}/**/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            forbidden(layers.slice(level + 1).flat(), 'Imports point downwards only.'),
            forbidden(
              features.includes(folder) ? features.filter((other) => other !== folder) : [],
              'Features never import each other.',
            ),
            {
              group: ['**/database/**', '**/app.module.js', '**/app.setup.js', '**/main.js'],
              message: 'Only the top imports this.',
            },
          ].filter((pattern) => pattern.group.length > 0),
        },
      ],
    },
  })),
);

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
  ...directionOfImports,
);
