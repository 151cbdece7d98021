// How the tests run: once in Node, and for everything that must also run in browsers once more in a real
// Chromium. `x.test.ts` in protocol, crypto and the core of client runs in both; a test that needs node:*
// is named `x.node.test.ts` and runs in Node only.
import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts';

// Import the packages' TypeScript directly (see the "sirdas-source" condition in their package.json).
const sourceCondition = 'sirdas-source';
const conditions = [sourceCondition, 'module', 'development|production'];

const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  resolve: { conditions: [...conditions, 'browser'] },
  ssr: { resolve: { conditions: [...conditions, 'node'], externalConditions: [sourceCondition, 'node'] } },
  test: {
    reporters: ['default', new ClosingLineReporter()],
    // Tests wait for events; these limits only end one that waits for ever, on the slowest machine too.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts', 'bench/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['packages/{protocol,crypto,client}/src/**/*.test.ts'],
          exclude: [...configDefaults.exclude, '**/*.node.test.ts', 'packages/client/src/node/**'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
                args: chromiumArguments,
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
