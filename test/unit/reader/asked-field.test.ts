import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askedField } from '../../../server/reader/asked-field.js';
import { FIELD_KINDS } from '../../../server/views/base/fields.js';

/** The kinds that a question asks for most. */
function asks(question: string): string[] {
  const { prior } = askedField(question);
  const most = Math.max(...prior);
  return most <= 0 ? [] : FIELD_KINDS.filter((_, i) => prior[i] === most);
}

describe('the field that a question asks for', () => {
  for (const [question, ...kinds] of [
    ['When did the login of mkessler fail?', 'time'],
    ['At what time did it shut down?', 'time'],
    ['When will the certificate expire?'],
    ['When do we start?'],
    ['When does she mention the storm?', 'time', 'saidAt'],
    ['Which user tried to log in?', 'person', 'speaker', 'selfSpeaker'],
    ['Which user agent asked for it?', 'agent'],
    ['Which address requested /report.pdf?', 'address'],
    ['What was the status of the login?', 'status'],
    ['Which host rejected the mail?', 'host'],
    ['Which service generated a report?', 'source'],
    ['Who brings the projector?', 'person', 'selfSpeaker'],
    ['Who sent the e-mail?', 'person', 'speaker', 'selfSpeaker'],
    ['What is the subject of the mail?', 'subject'],
    ['What caused the ConnectException?', 'cause'],
    ['Why was the card declined?', 'message', 'cause'],
    ['Who asked for style.css?', 'person', 'address', 'speaker', 'selfSpeaker'],
    ['Who is the treasurer?', 'person'],
    ['To which address was it sent?', 'recipientAddress'],
    ['Which mail program did Ada use?', 'agent'],
    ['Which backend answered 192.0.2.4?', 'upstream'],
    ['How many products were loaded?'],
    ['What is the capacity of the store?'],
  ]) {
    it(question, () => assert.deepEqual(asks(question).sort(), kinds.sort()));
  }

  it('fields that are not asked for are ranked lower, cells of tables and messages never are', () => {
    const { prior, names } = askedField('How long did it take?');
    assert.ok(prior[FIELD_KINDS.indexOf('time')] < 0);
    assert.equal(prior[FIELD_KINDS.indexOf('text')], 0);
    assert.equal(prior[FIELD_KINDS.indexOf('message')], 0);
    assert.equal(names.size, 0);
  });
});
