/** The parts of the extension that need no VS Code. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { AskResult } from '../../../server/protocol.js';
import { type Edit, EditLog, EditsSince, follow, followAll } from '../../../src/answers/tracking.js';
import { STEP_OF, succeeded } from '../../../src/first-steps/table.js';
import { lastQuestions, matching } from '../../../src/history/box-list.js';
import type { Asked } from '../../../src/history/entries.js';
import { sanitise, settingRules } from '../../../src/settings/settings-table.js';
import { asLabel, asMarkdown, asMessage } from '../../../src/shared/markdown.js';
import { RestartLimit } from '../../../src/sidecar/restart-limit.js';
import { isAskResult } from '../../../src/sidecar/result-check.js';
import fc from '../helpers/fast-check.js';

describe('places in an edited text', () => {
  const place = { start: 10, end: 14 };
  const edit = (start: number, end: number, inserted: number): Edit => ({ start, end, inserted });

  it('move with edits before them and stay for edits after them', () => {
    assert.deepEqual(follow(place, edit(0, 0, 5)), { start: 15, end: 19 });
    assert.deepEqual(follow(place, edit(2, 8, 1)), { start: 5, end: 9 });
    assert.deepEqual(follow(place, edit(14, 20, 3)), place);
    assert.deepEqual(follow(place, edit(30, 30, 3)), place);
  });

  it('do not grow at their edges', () => {
    assert.deepEqual(follow(place, edit(10, 10, 3)), { start: 13, end: 17 });
    assert.deepEqual(follow(place, edit(14, 14, 3)), place);
    assert.deepEqual(follow(place, edit(6, 10, 1)), { start: 7, end: 11 });
  });

  it('are removed when their own text is edited', () => {
    for (const inside of [edit(11, 11, 1), edit(9, 11, 0), edit(13, 20, 9), edit(0, 50, 50), edit(10, 14, 4)]) {
      assert.equal(follow(place, inside), undefined);
    }
  });

  it('contain the same text after any edits, or are removed', () => {
    const change = fc.record({ at: fc.nat(40), remove: fc.nat(6), insert: fc.string({ maxLength: 5 }) });
    const text = fc.string({ minLength: 20, maxLength: 40 });
    fc.assert(
      fc.property(
        text,
        fc.nat(19),
        fc.nat(8),
        fc.array(change, { maxLength: 6 }),
        (original, start, length, changes) => {
          const before = { start, end: Math.min(original.length, start + length + 1) };
          let now = original;
          const edits: Edit[] = [];
          for (const { at, remove: count, insert } of changes) {
            const from = Math.min(at, now.length);
            const to = Math.min(from + count, now.length);
            now = now.slice(0, from) + insert + now.slice(to);
            edits.push({ start: from, end: to, inserted: insert.length });
          }
          const after = followAll(before, edits);
          if (after) assert.equal(now.slice(after.start, after.end), original.slice(before.start, before.end));
        },
      ),
    );
  });

  it('are found again when their edits are undone, all at once or one after the other, and not before', () => {
    const since = new EditsSince([edit(11, 12, 4)]);
    assert.equal(since.placeOf(place), undefined, 'three characters longer');
    since.apply([edit(2, 2, 5), edit(0, 18, 1)]);
    assert.equal(since.placeOf(place), undefined);
    for (const undo of [edit(0, 1, 18), edit(2, 7, 0), edit(11, 15, 1)]) since.apply([undo]);
    assert.deepEqual(since.placeOf(place), place);
    // Typed in three steps, undone in one, below a line that was inserted meanwhile.
    const typed = new EditsSince([edit(10, 14, 1), edit(11, 11, 1), edit(12, 12, 1), edit(0, 0, 7)]);
    assert.equal(typed.placeOf(place), undefined);
    typed.apply([edit(17, 20, 4)]);
    assert.deepEqual(typed.placeOf(place), { start: 17, end: 21 });
  });

  it('are where they were after any edits that are undone', () => {
    const change = fc.record({ at: fc.nat(60), remove: fc.nat(9), insert: fc.nat(9) });
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.integer({ min: 1, max: 9 }),
        fc.array(change, { maxLength: 8 }),
        (start, size, all) => {
          let length = 60;
          const edits: Edit[] = [];
          const undos: Edit[] = [];
          for (const { at, remove, insert } of all) {
            const from = Math.min(at, length);
            const to = Math.min(from + remove, length);
            edits.push(edit(from, to, insert));
            undos.unshift(edit(from, from + insert, to - from));
            length += insert - (to - from);
          }
          const before = { start, end: start + size };
          assert.deepEqual(new EditsSince([...edits, ...undos]).placeOf(before), before);
          const after = followAll(before, edits);
          if (after) assert.deepEqual(new EditsSince(edits).placeOf(before), after, 'of a place that was not touched');
        },
      ),
    );
  });

  it('that are edited in very many places are not followed for ever', () => {
    const many = Array.from({ length: 600 }, (_, i) => edit(20 + 3 * i, 21 + 3 * i, 1));
    assert.deepEqual(new EditsSince(many.slice(0, 400)).placeOf(place), place);
    assert.equal(new EditsSince(many).placeOf(place), undefined);
  });

  it('are looked for in what was undone only if they were touched, once after each edit, not among very many', () => {
    let steps = 0;
    const counted = ({ inserted, ...where }: Edit): Edit => ({
      ...where,
      get inserted() {
        steps++;
        return inserted;
      },
    });
    const stepsOf = (act: () => unknown): number => {
      steps = 0;
      act();
      return steps;
    };
    const below = (count: number) => Array.from({ length: count }, (_, i) => counted(edit(20 + 3 * i, 21 + 3 * i, 1)));
    const log = new EditLog();
    log.add(below(400));
    assert.equal(
      stepsOf(() => assert.deepEqual(log.placeOf(place), place)),
      400,
    );
    const touch = counted(edit(place.start, place.start + 1, 1));
    const touched = new EditLog();
    touched.add([touch, ...below(400)]);
    // The first edit says that it was touched; then each is taken.
    assert.equal(
      stepsOf(() => assert.deepEqual(touched.placeOf(place), place)),
      1 + 401,
    );
    assert.equal(
      stepsOf(() => touched.placeOf(place)),
      1,
    );
    touched.add([touch]);
    assert.equal(
      stepsOf(() => touched.placeOf(place)),
      1 + 1,
    );
    const given = new EditLog();
    given.add([touch, ...below(3000)]);
    assert.equal(
      stepsOf(() => assert.equal(given.placeOf(place), undefined)),
      1,
    );
    const since = new EditsSince([]);
    assert.equal(
      stepsOf(() => since.apply(below(3000))),
      0,
    );
    assert.equal(
      stepsOf(() => since.apply(below(1))),
      0,
    );
    assert.equal(since.placeOf(place), undefined);
  });
});

describe('history of questions', () => {
  it('the box offers those of the history: newest first, each once, whatever they were about, bounded', () => {
    const asked = (question: string, uri: string): Asked => ({
      question,
      subject: { kind: 'document', uri },
      time: 1,
      pinned: false,
      noAnswer: 1,
    });
    const entries = [asked('d', 'file:/a'), asked('c', 'file:/b'), asked('d', 'file:/b'), asked('a', 'file:/a')];
    assert.deepEqual(lastQuestions(entries, 9), ['d', 'c', 'a']);
    assert.deepEqual(lastQuestions(entries, 2), ['d', 'c']);
    assert.deepEqual(lastQuestions(entries, 0), []);
  });

  it('offers questions that contain every typed word, but not the typed question itself', () => {
    const list = ['Who pays the fee?', 'How much is the fee?', 'Where?'];
    assert.deepEqual(matching(list, 'FEE who'), ['Who pays the fee?']);
    assert.deepEqual(matching(list, ''), list);
    assert.deepEqual(matching(list, 'Where?'), []);
  });
});

describe('restart limit', () => {
  it('forgives four crashes in three minutes, not five', () => {
    let time = 0;
    const limit = new RestartLimit(4, 180_000, () => time);
    for (let crash = 0; crash < 4; crash++, time += 10_000) assert.equal(limit.crashed(), false);
    assert.equal(limit.crashed(), true);
    assert.equal(limit.count, 5);
    limit.reset();
    assert.equal(limit.crashed(), false);
  });

  it('forgets crashes of long ago', () => {
    let time = 0;
    const limit = new RestartLimit(4, 180_000, () => time);
    for (let crash = 0; crash < 50; crash++, time += 50_000) assert.equal(limit.crashed(), false);
  });
});

describe('settings', () => {
  it('without values: the defaults and no problem', () => {
    const { settings, problems } = sanitise(() => undefined);
    assert.deepEqual(problems, []);
    for (const [key, rule] of Object.entries(settingRules)) {
      assert.equal(settings[key as keyof typeof settings], rule.default);
    }
  });

  it('any value at all gives an acceptable setting', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const { settings, problems } = sanitise(() => value);
        for (const [key, rule] of Object.entries(settingRules)) {
          const chosen = settings[key as keyof typeof settings];
          assert.ok(rule.accept(chosen) !== undefined, key);
          const isProblem = problems.some((problem) => problem.key === key);
          assert.ok(isProblem || value === undefined || chosen === value || typeof value === 'string', key);
        }
      }),
    );
  });
});

describe('text as Markdown', () => {
  it('keeps letters and puts a backslash before everything that has a meaning', () => {
    assert.equal(asMarkdown('a [b](command:c) *d*'), 'a \\[b\\]\\(command\\:c\\) \\*d\\*');
    assert.equal(asMarkdown('<b>&amp;'), '&lt;b\\>&amp;amp\\;');
    assert.equal(asMarkdown('a  b\r\nc'), 'a&nbsp;&nbsp;b  \nc');
    assert.equal(asMarkdown('$(alert) http://x.y'), '\\$\\(alert\\) http\\:\\/\\/x\\.y');
  });

  it('creates neither icons in labels nor links in messages', () => {
    assert.equal(asLabel('run $(date) now'), 'run \\$(date) now');
    assert.doesNotMatch(asMessage('see [this](command:x) and [that](http://y)'), /\]\(/);
  });

  /** A name of a file, of a model or of a setting, made to be more than a name. */
  const hostile = 'a\x1b[2J\u202etxt $(trash)\n\n[Yes](command:workbench.action.quit) <b>x</b>';
  /** As in VS Code's parseLinkedText. */
  const link = /\[[^\]]+\]\((?:https?:\/\/|command:|file:)[^)\s]+/i;
  const obeyed = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

  it('a hostile name is one line of visible characters in labels and messages', () => {
    assert.match(hostile, link);
    assert.equal(asMessage(hostile).includes('](c'), false);
    for (const shown of [asLabel(hostile), asMessage(hostile)]) assert.doesNotMatch(shown, obeyed);
    assert.doesNotMatch(asMarkdown(hostile).replaceAll('\n', ''), obeyed);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('[', ']', '(', ')', 'command:x', 'http://y', ' ', '"t"', '\n', 'a')),
        (parts) => {
          assert.doesNotMatch(asMessage(parts.join('')), link);
        },
      ),
    );
  });

  it('only messages.ts shows notifications and status bar messages, and escapes them', () => {
    const shows = /show(?:Information|Warning|Error)Message|setStatusBarMessage/;
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const found = files.filter((file) => shows.test(readFileSync(path.join('src', file), 'utf8')));
    assert.deepEqual(found, [path.join('shared', 'messages.ts')]);
    const calls = readFileSync('src/shared/messages.ts', 'utf8').match(/vscode\.window\.\w+\([^,)]*/g) ?? [];
    assert.equal(calls.length, 5);
    for (const call of calls) assert.match(call, /\((?:asMessage|asLabel)\(text$/);
  });

  it('all Markdown is created from escaped text', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const made = files.filter((file) =>
      /new vscode\.MarkdownString\(/.test(readFileSync(path.join('src', file), 'utf8')),
    );
    assert.ok(made.length >= 5);
    for (const file of made) assert.match(readFileSync(path.join('src', file), 'utf8'), /asMarkdown\(/, file);
  });

  it('has no unescaped punctuation, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bare = asMarkdown(text).replace(/\\[!-~]|&(amp|lt|nbsp);/g, '');
        assert.doesNotMatch(bare, /[[\]()*_`<>#!&$|:~]/);
      }),
    );
  });
});

describe('check of a result', () => {
  const good: AskResult = {
    question: 'q',
    answers: [
      {
        start: 0,
        end: 1,
        text: 'x',
        line: 0,
        character: 0,
        endLine: 0,
        endCharacter: 1,
        score: 1,
        margin: 1,
        probability: 0.5,
        grade: 'unsure',
      },
    ],
    noAnswer: { score: 0, probability: 0.1, chosen: false, threshold: 0 },
    engine: { name: 'cpu', device: 'd', model: 'm', precision: 'fp32' },
    timing: { tokenizeMs: 1, engineMs: 1, projectMs: 1, totalMs: 3, windows: 1 },
    warnings: [],
  };

  it('accepts a valid one, also after serialisation', () => {
    assert.ok(isAskResult(JSON.parse(JSON.stringify(good))));
  });

  it('refuses damaged ones', () => {
    for (const damage of [
      { answers: 'many' },
      { answers: [{ ...good.answers[0], start: 1 }] },
      { answers: [{ ...good.answers[0], end: 1.5 }] },
      { answers: [{ ...good.answers[0], probability: null }] },
      { noAnswer: null },
      { timing: {} },
      { question: 3 },
      { warnings: undefined },
    ]) {
      assert.equal(isAskResult({ ...good, ...damage }), false, JSON.stringify(damage));
    }
    fc.assert(fc.property(fc.anything(), (value) => !isAskResult(value)));
  });
});

describe('a step of the walkthrough', () => {
  it('is done when its command has done something, not when it was run', () => {
    for (const done of [{ status: 'answered' }, { status: 'noAnswer' }, { phase: 'done' }, 'words', 3, { rank: 1 }]) {
      assert.ok(succeeded(done), JSON.stringify(done));
    }
    const nothing = [undefined, null, false, 0, '', { phase: 'cancelled' }, { phase: 'failed' }];
    for (const status of ['cancelled', 'failed', 'changed']) assert.ok(!succeeded({ status }), status);
    for (const each of nothing) assert.ok(!succeeded(each), JSON.stringify(each));
    assert.equal(STEP_OF.askWorkspace, 'many');
  });
});
