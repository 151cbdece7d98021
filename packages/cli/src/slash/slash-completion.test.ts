import { expect, test } from 'vitest';
import { completeSlash } from './slash-completion.ts';

const sources = { people: ['ayşe', 'can', 'ümit'], members: ['ayşe', 'can'], devices: ['old phone'] };

test.each([
  ['/n', ['/names ']],
  ['/re', ['/remove ', '/rename ', '/reply ', '/react ', '/receipts ', '/reset ']],
  ['/msg ', ['/msg ayşe ', '/msg can ', '/msg ümit ']],
  ['/msg ü', ['/msg ümit ']],
  ['/msg ayşe hel', []],
  ['/sound o', ['/sound on', '/sound off']],
  ['/typing of', ['/typing off']],
  ['/group A', []],
  ['/group "Cumartesi gezisi" a', ['/group "Cumartesi gezisi" ayşe ']],
  ['/group Aile ayşe ', ['/group Aile ayşe can ', '/group Aile ayşe ümit ']],
  ['/add ü', ['/add ümit ']],
  ['/remove ', ['/remove ayşe', '/remove can']],
  ['/role c', ['/role can ']],
  ['/role can ', ['/role can owner', '/role can admin', '/role can member']],
  ['/role can admin ', []],
  ['/timer 1', ['/timer 1h', '/timer 1d', '/timer 1w']],
  ['/react of', ['/react off']],
  ['/verify ', ['/verify ayşe', '/verify can', '/verify confirm']],
  ['/devices ', ['/devices revoke ']],
  ['/devices revoke o', ['/devices revoke old phone']],
  ['/constructor x', []],
  ['hello', []],
])('%s', (line, expected) => {
  expect(completeSlash(line, sources)).toEqual(expected);
});
