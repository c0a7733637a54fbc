import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageFromPage, viewState } from '../../../src/page-view/messages.js';
import fc from '../helpers/fast-check.js';

const STATE = { page: 3, part: 0.25, zoom: 'auto', rotation: 90 };

describe('messages of the page', () => {
  it('each is understood', () => {
    const good = [
      { type: 'ready' },
      { type: 'state', state: STATE },
      { type: 'state', state: { ...STATE, zoom: 1.5 } },
      { type: 'opened', pages: 12 },
      { type: 'unreadable', detail: 'x' },
      { type: 'asset', id: 0, folder: 'cmaps', name: 'UniJIS-UCS2-H.bcmap' },
      { type: 'asset', id: 7, folder: 'standard_fonts', name: 'LiberationSans-Regular.ttf' },
      { type: 'act', act: 'next' },
      { type: 'act', act: 'reload' },
    ];
    for (const message of good) assert.deepEqual(messageFromPage(structuredClone(message)), message);
  });

  it('what is wrong is not', () => {
    const wrong = [
      { type: 'state', state: { ...STATE, page: 0 } },
      { type: 'state', state: { ...STATE, page: 1.5 } },
      { type: 'state', state: { ...STATE, part: 2 } },
      { type: 'state', state: { ...STATE, part: Number.NaN } },
      { type: 'state', state: { ...STATE, zoom: 0 } },
      { type: 'state', state: { ...STATE, zoom: 'wide' } },
      { type: 'state', state: { ...STATE, rotation: 45 } },
      { type: 'state' },
      { type: 'opened', pages: -1 },
      { type: 'unreadable' },
      { type: 'act', act: 'delete' },
      { type: 'other' },
    ];
    for (const message of wrong) assert.equal(messageFromPage(message), undefined, JSON.stringify(message));
    assert.equal(viewState(undefined), undefined);
  });

  it('a file is asked for by its name in a known folder, never by a path', () => {
    for (const [folder, name] of [
      ['cmaps', '../../package.json'],
      ['cmaps', '..'],
      ['cmaps', 'a/b.bcmap'],
      ['cmaps', 'a\\b.bcmap'],
      ['cmaps', '%2e%2e%2fpackage.json'],
      ['cmaps', '.hidden'],
      ['cmaps', ''],
      ['..', 'client.js'],
      ['constructor', 'x'],
    ]) {
      assert.equal(messageFromPage({ type: 'asset', id: 1, folder, name }), undefined, `${folder}/${name}`);
    }
  });

  it('anything at all is either understood or not, without an error', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        messageFromPage(value);
        messageFromPage({ type: 'state', state: value });
        messageFromPage({ type: 'asset', id: 1, folder: value, name: value });
      }),
    );
  });
});
