import tseslint from 'typescript-eslint';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import svelteConfig from './ui/svelte.config.js';

export default tseslint.config(
  { ignores: ['node_modules', '**/dist', 'data', '**/*.d.ts', 'e2e/artifacts'] },
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'off',
      complexity: ['error', 12],
      'max-lines': ['error', { max: 500 }],
      'max-params': ['error', 3],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    // svelte-check, which sees the compiler's warnings, judges what is ignored.
    rules: {
      'svelte/no-unused-svelte-ignore': 'off',
      'svelte/no-at-html-tags': 'error',
      'max-lines': ['error', { max: 250 }],
    },
  },
  {
    files: ['server/**'],
    ignores: ['server/platform/drizzle.ts'],
    rules: {
      // See the adapter for what a direct import costs.
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['drizzle-orm', 'drizzle-orm/*'], message: 'Use server/platform/drizzle.ts.' }] },
      ],
    },
  },
  {
    files: ['server/**'],
    ignores: ['server/platform/drizzle.ts', '**/*.test.ts', '**/test-*.ts'],
    rules: {
      // The same again: a later block replaces the rule. Children of the web process are listed in e2e/tracer.test.ts.
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ group: ['drizzle-orm', 'drizzle-orm/*'], message: 'Use server/platform/drizzle.ts.' }],
          paths: ['child_process', 'node:child_process', 'cluster', 'node:cluster'].map((name) => ({
            name,
            message: 'The server starts no programs.',
          })),
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'helper/platform/contract/**', 'e2e/**', 'bench/**'],
    rules: { 'max-lines-per-function': 'off' },
  },
);
