import { defineConfig } from 'vitest/config';

// A default export because vitest asks for one.
export default defineConfig({
  // Node takes graphql's CommonJS files, Vite would take its other copy: two GraphQLError classes, and no
  // instanceof works between them. The tests run the copy that the product runs.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
