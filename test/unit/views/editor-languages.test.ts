/** Languages that only the editor knows: comments by its language configurations. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { viewOf } from '../../../server/views/choose-view.js';
import { commentSyntax, EditorLanguages } from '../../../server/views/code/editor-languages.js';
import { shown } from './view-checks.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-languages-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

describe('language configurations of the editor', () => {
  it('give the comments of a language that is not in the table', () => {
    const configuration = file(
      'a.json',
      '{\n // as editors write it\n "comments": {"lineComment": ";;", "blockComment": ["<<", ">>"],},}',
    );
    const languages = new EditorLanguages({ strange: configuration, python: configuration });
    const text = 'a := ";; no comment" ;; first\n<< second\nthird >>\nb := 1\n';
    const view = viewOf(text, { languageId: 'strange', fileName: 'x.strange' }, languages);
    assert.deepEqual(shown(view, 'comment'), ['first', 'second third']);
    // What is known better stays, what nobody knows is plain text.
    assert.deepEqual(shown(viewOf('# a\n;; b\n', { languageId: 'python' }, languages), 'comment'), ['a']);
    assert.deepEqual(shown(viewOf(text, { languageId: 'other' }, languages), 'comment'), []);
    assert.deepEqual(shown(viewOf(text, { languageId: 'strange' }), 'comment'), []);
  });

  it('are ignored if they are missing, broken or without comments', () => {
    const contents = [
      '',
      'no JSON {',
      '[]',
      'null',
      '{"comments": 5}',
      '{"comments": {"lineComment": ""}}',
      '{"brackets": []}',
    ];
    const files = Object.fromEntries(contents.map((content, i) => [`l${i}`, file(`${i}.json`, content)]));
    const languages = new EditorLanguages({ ...files, none: path.join(folder, 'none.json'), folder });
    for (const id of [...Object.keys(files), 'none', 'folder', 'constructor', '']) {
      assert.equal(languages.syntaxOf(id), undefined, id);
    }
  });

  it('a view that fails is reported and read as plain text; without a listener it throws', () => {
    const defect = new Error('a defect');
    const failing = new EditorLanguages();
    failing.syntaxOf = () => {
      throw defect;
    };
    const kind = { languageId: 'strange', fileName: 'a.strange' };
    assert.throws(() => viewOf('*a*', kind, failing), defect);
    const heard: unknown[] = [];
    const view = viewOf('*a*', kind, failing, (...what) => heard.push(what));
    assert.equal(view.text, '*a*');
    assert.deepEqual(heard, [[defect, kind]]);
  });

  it('may have the marker as a text or in an object', () => {
    assert.deepEqual(commentSyntax({ comments: { lineComment: { comment: '%%', noIndent: true } } })?.line, ['%%']);
    assert.deepEqual(commentSyntax({ comments: { lineComment: '"' } })?.strings, []);
    assert.equal(commentSyntax({ comments: { blockComment: ['(*'] } }), undefined);
  });
});
