import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ayse } from './people.testkit.ts';

test('a person with all keys can be logged without showing one', () => {
  const printed = [inspect(ayse, { depth: 9, showHidden: true }), format('%o %j', ayse, ayse)].join('\n');
  expect(printed).toContain('[redacted]');
  for (const secret of [ayse.identitySeed, ayse.rsaPkcs8]) {
    const bytes = secret.reveal().subarray(-16);
    expect(printed).not.toContain([...bytes].join(', '));
    expect(printed).not.toContain([...bytes].join(','));
    expect(printed).not.toContain(Buffer.from(bytes).toString('hex'));
    expect(printed).not.toContain(Buffer.from(bytes).toString('base64url'));
  }
});
