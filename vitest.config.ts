import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['sirdas-source'] },
  ssr: { resolve: { conditions: ['sirdas-source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'node', include: ['packages/*/src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'] },
      },
    ],
  },
});
