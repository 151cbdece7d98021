import { ScalarType } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { byteLengthsOf } from './field-lengths.ts';
import { file_sirdas } from './gen/sirdas_pb.ts';

test('PRO-003 every byte field of the schema has its lengths stated', () => {
  const missing = file_sirdas.messages.flatMap((message) =>
    message.fields
      .filter((field) => 'scalar' in field && field.scalar === ScalarType.BYTES)
      .filter((field) => byteLengthsOf(message.name, field.localName) === null)
      .map((field) => `${message.name}.${field.localName}`),
  );
  expect(missing).toEqual([]);
});
