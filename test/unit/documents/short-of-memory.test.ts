/** A file that there is no memory for is not called unreadable. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStreamContent } from '../../../server/documents/content.js';
import { AskBertError } from '../../../server/errors.js';

async function* failing(error: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from('the king');
  throw error;
}
const codeOf = (error: unknown) =>
  readStreamContent(failing(error), 'a.txt').then(
    () => assert.fail(),
    ({ code }) => code,
  );

test('a shortage of memory while a file is read is reported as such', async () => {
  assert.equal(await codeOf(new RangeError('Array buffer allocation failed')), 'OutOfMemory');
  assert.equal(
    await codeOf(Object.assign(new Error('ENOMEM: not enough memory, read'), { code: 'ENOMEM' })),
    'OutOfMemory',
  );
});

test('any other failure is reported with the name of the file; an AskBertError stays as it is', async () => {
  const broken = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  await assert.rejects(readStreamContent(failing(broken), 'a.txt'), {
    code: 'InputUnreadable',
    message: 'a.txt cannot be read: EIO: i/o error, read',
  });
  assert.equal(await codeOf(new AskBertError('Cancelled', 'enough')), 'Cancelled');
});
