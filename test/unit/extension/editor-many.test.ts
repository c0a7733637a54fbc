/** Many documents in the editor, as far as it needs no VS Code: which files, the tree, the table, its page. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { IgnoreRules } from '../../../server/documents/ignore-rules.js';
import type { Answer, FoundAnswer, PlacedAnswer } from '../../../server/protocol.js';
import {
  isAskManyProgress,
  isAskManyResult,
  isExtractProgress,
  isExtractResult,
} from '../../../src/sidecar/result-check.js';
import { excludePattern } from '../../../src/workspace/exclude-pattern.js';
import { pageHtml } from '../../../src/workspace/page-html.js';
import { childrenOf, idOf, newRun, placesOf, roots } from '../../../src/workspace/results.js';
import { outstanding, pageMessage, type Table } from '../../../src/workspace/table.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';

const media = (file: string) => readFileSync(path.resolve('media', file), 'utf8');

describe('ignore files', () => {
  it('nested, negated, anchored; what is in an ignored folder stays ignored', () => {
    const rules = new IgnoreRules();
    rules.add('', '*.log\nout/\n/top.txt\n!keep.log\n');
    rules.add('in', '!special.log\nlocal.txt\n');
    rules.add('out', '!wanted.txt\n');
    const ignored = ['a.log', 'in/b.log', 'in/local.txt', 'in/deep/local.txt', 'out/wanted.txt', 'in/out/x', 'top.txt'];
    for (const file of ignored) assert.ok(rules.ignores(file), file);
    for (const file of ['keep.log', 'in/special.log', 'local.txt', 'in/top.txt', 'A.LOG', 'outer/x']) {
      assert.ok(!rules.ignores(file), file);
    }
  });

  it('a later file of the same folder wins', () => {
    const rules = new IgnoreRules();
    rules.add('', '*.md\n');
    rules.add('', '!readme.md\n');
    assert.deepEqual(
      ['a.md', 'readme.md'].map((file) => rules.ignores(file)),
      [true, false],
    );
  });

  it('a very deep path', () => {
    const rules = new IgnoreRules();
    rules.add('', 'never\n');
    assert.ok(!rules.ignores(`${'a/'.repeat(2000)}x`));
  });

  it('one pattern of the enabled settings', () => {
    assert.equal(excludePattern({ '**/a': true, '**/b': false }, undefined), '**/a');
    assert.equal(excludePattern({ '**/a': true }, { '**/a': true, 'c/*': true }), '{**/a,c/*}');
    assert.equal(excludePattern({ '**/*.js': { when: '$(basename).ts' } }, null, 'x'), '');
  });
});

const place = (uri: string, start: number, probability = 0.5): PlacedAnswer =>
  ({
    uri,
    start,
    end: start + 3,
    text: 'fox',
    line: start,
    character: 0,
    probability,
    grade: 'unsure',
  }) as PlacedAnswer;
const found = (main: PlacedAnswer, ...also: PlacedAnswer[]): FoundAnswer => ({ ...main, also });

describe('tree of answers', () => {
  const answers = [
    found(place('file:///a', 1, 0.9), place('file:///b', 2)),
    found(place('file:///b', 9), place('file:///a', 1)),
  ];

  it('by file, in the order of the best place, each place once', () => {
    const nodes = roots({ ...newRun('q', 's'), answers }, false);
    const [a, b] = nodes;
    assert.ok(a.kind === 'file' && b.kind === 'file' && nodes.length === 2);
    assert.deepEqual([a.uri, a.places.map(({ start }) => start)], ['file:///a', [1]]);
    assert.deepEqual([b.uri, b.places.map(({ start }) => start)], ['file:///b', [2, 9]]);
    assert.equal(placesOf(answers).length, 3);
  });

  it('best first: one answer with its other places below', () => {
    const nodes = roots({ ...newRun('q', 's'), answers }, true);
    assert.deepEqual(nodes.map(idOf), ['flat file:///a#1-4', 'flat file:///b#9-12']);
    assert.deepEqual(childrenOf(nodes[0]).map(idOf), ['also file:///b#2-5']);
  });

  it('identifiers are unique, and do not change as answers arrive', () => {
    const one = fc
      .record({ file: fc.nat(3), start: fc.nat(5) })
      .map(({ file, start }) => place(`file:///${file}`, start));
    const many = fc.uniqueArray(fc.tuple(one, fc.array(one, { maxLength: 3 })), {
      maxLength: 8,
      selector: ([{ uri, start }]) => `${uri} ${start}`,
    });
    fc.assert(
      fc.property(many, fc.boolean(), (groups, flat) => {
        const all = groups.map(([main, also]) => found(main, ...also));
        const ids = roots({ ...newRun('q', 's'), answers: all }, flat).map(idOf);
        assert.equal(new Set(ids).size, ids.length);
        const files = roots({ ...newRun('q', 's'), answers: all }, false)
          .flatMap(childrenOf)
          .map(idOf);
        assert.equal(new Set(files).size, files.length);
      }),
    );
  });

  it('holds 10,000 answers, in time in proportion to their number', () => {
    assertGrowsInProportion('roots', 10_000, (count) => {
      const all = Array.from({ length: count }, (_, i) => found(place(`file:///${i % 500}`, i)));
      assert.equal(roots({ ...newRun('q', 's'), answers: all }, false).length, 500);
    });
  });
});

describe('table of a question set', () => {
  const document = (name: string, version: string) => ({ ref: { uri: `file:///${name}` }, version });
  const table = (...rows: [string, string][]): Table => ({
    name: 'n',
    scope: 's',
    questions: [],
    phase: 'done',
    total: 0,
    skipped: [],
    beyond: 0,
    rows: new Map(rows.map(([name, version]) => [`file:///${name}`, { uri: `file:///${name}`, version, cells: [] }])),
  });

  it('new and changed documents are read, removed ones are dropped', () => {
    const kept = table(['a', '1'], ['b', '1'], ['c', '1']);
    const refs = outstanding(kept, [document('a', '1'), document('b', '2'), document('d', '1')]);
    assert.deepEqual(
      refs.map(({ uri }) => uri),
      ['file:///b', 'file:///d'],
    );
    assert.deepEqual([...kept.rows.keys()], ['file:///a']);
  });

  it('accepts only known messages of the page', () => {
    assert.deepEqual(pageMessage({ type: 'run', more: 1 }), { type: 'run' });
    assert.deepEqual(pageMessage({ type: 'open', uri: 'u', column: 2 }), { type: 'open', uri: 'u', column: 2 });
    for (const wrong of [{ type: 'open', uri: 'u', column: -1 }, { type: 'export', format: 'html' }, 'run', null]) {
      assert.equal(pageMessage(wrong), undefined);
    }
    // Whatever comes in place of a field: nothing, or a message of known fields alone.
    const known = { type: ['ready', 'run', 'runAll', 'cancel', 'open', 'export'], format: ['csv', 'json', 'md'] };
    const message = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...known.type), fc.anything()),
        format: fc.oneof(fc.constantFrom(...known.format), fc.anything()),
        uri: fc.oneof(fc.string(), fc.anything()),
        column: fc.oneof(fc.integer(), fc.double(), fc.anything()),
        more: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(message, fc.anything()), (value) => {
        const checked = pageMessage(value);
        const { type, uri, column, format } = (value ?? {}) as Record<string, unknown>;
        const isColumn = Number.isInteger(column) && (column as number) >= 0;
        if (['ready', 'run', 'runAll', 'cancel'].some((name) => name === type)) assert.deepEqual(checked, { type });
        else if (type === 'open' && typeof uri === 'string' && isColumn)
          assert.deepEqual(checked, { type, uri, column });
        else if (type === 'export' && known.format.some((name) => name === format)) {
          assert.deepEqual(checked, { type, format });
        } else assert.equal(checked, undefined);
      }),
    );
  });
});

describe('page of a table', () => {
  it('text in the template cannot leave its attribute', () => {
    const html = pageHtml(media('question-set.html'), { nonce: '"><script>', source: "'self'", language: '$&' });
    assert.ok(!html.includes('"><script>'));
    assert.ok(html.includes("style-src 'self';"));
    assert.ok(html.includes('lang="$&amp;"'));
    assert.ok(!html.includes('{{'));
  });

  it('the script does not turn text into HTML', () => {
    assert.doesNotMatch(
      media('question-set.js'),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/,
    );
    assert.doesNotMatch(media('question-set.html'), /\son\w+\s*=|<style|javascript:/i);
  });

  it('hostile words are text: no element, no attribute but the known ones', () => {
    const hostile = '<img src=x onerror=alert(1)>"\'&';
    const page = new FakePage();
    const row = (uri: string, words: string) => ({
      uri,
      name: hostile,
      cells: [{ words, more: hostile, tip: hostile, label: hostile }, null],
    });
    page.receive({
      type: 'begin',
      title: hostile,
      strings: { noAnswer: hostile, run: hostile },
      columns: [
        { name: hostile, question: hostile },
        { name: 'b', question: 'b' },
      ],
      rows: [row('file:///a', hostile)],
      status: { busy: false, text: hostile, skipped: [hostile], skippedText: '1' },
    });
    const known = new Set(['button', 'tr', 'th', 'td', 'span', 'li', 'fragment']);
    assert.deepEqual(
      [...page.made].filter((name) => !known.has(name)),
      [],
    );
    assert.ok(page.texts().includes(hostile));
    assert.deepEqual(page.sent, [{ type: 'ready' }]);
    const [cell] = page.cells('td');
    cell.fire('click');
    assert.deepEqual(page.sent.at(-1), { type: 'open', uri: 'file:///a', column: 0 });
    assert.equal(page.cells('td')[1].attributes.get('aria-label'), hostile, 'an empty cell says so');
    page.receive({ type: 'rows', rows: [row('file:///a', 'other'), row('file:///b', 'new')] });
    assert.equal(page.cells('td').length, 4, 'a row that comes again takes the place of the old one');
    page.receive({ type: 'remove', uris: ['file:///a'] });
    assert.equal(page.cells('td').length, 2);
  });
});

/** As much of a document as the script of the page needs; there is no parser of HTML in it. */
class FakeElement {
  children: FakeElement[] = [];
  parent: FakeElement | null = null;
  attributes = new Map<string, string>();
  listeners = new Map<string, (event: object) => void>();
  own = '';
  constructor(readonly name: string) {}
  set textContent(text: string) {
    this.own = text;
    this.children = [];
  }
  get rows() {
    return this.children;
  }
  setAttribute(key: string, value: string) {
    assert.match(key, /^(role|aria-\w+|scope|tabindex|title|type|id|class)$/);
    this.attributes.set(key, value);
  }
  append(...added: (FakeElement | string)[]) {
    for (const each of added) {
      if (typeof each === 'string') continue;
      const all = each.name === 'fragment' ? each.children : [each];
      for (const child of all) child.parent = this;
      this.children.push(...all);
    }
  }
  replaceChildren(...added: FakeElement[]) {
    this.children = [];
    this.append(...added);
  }
  replaceWith(other: FakeElement) {
    const siblings = this.parent?.children ?? [];
    siblings[siblings.indexOf(this)] = other;
    other.parent = this.parent;
  }
  remove() {
    const siblings = this.parent?.children ?? [];
    siblings.splice(siblings.indexOf(this), 1);
  }
  contains(other: FakeElement | null): boolean {
    return other === this || this.children.some((child) => child.contains(other));
  }
  addEventListener(type: string, listener: (event: object) => void) {
    this.listeners.set(type, listener);
  }
  fire(type: string) {
    this.listeners.get(type)?.({});
  }
  getElementsByTagName(name: string): FakeElement[] {
    return this.children.filter((child) => child.name === name);
  }
  querySelector(name: string) {
    return this.getElementsByTagName(name)[0];
  }
}

class FakePage {
  readonly made = new Set<string>();
  readonly sent: unknown[] = [];
  private readonly ids = new Map<string, FakeElement>();
  private listener: (event: { data: unknown }) => void = () => {};

  constructor() {
    const create = (name: string) => {
      this.made.add(name);
      return new FakeElement(name);
    };
    const table = this.byId('table');
    table.append(new FakeElement('thead'), new FakeElement('tbody'));
    this.byId('skipped').append(new FakeElement('summary'), new FakeElement('ul'));
    const document = {
      getElementById: (id: string) => this.byId(id),
      createElement: create,
      createDocumentFragment: () => create('fragment'),
    };
    vm.runInNewContext(media('question-set.js'), {
      acquireVsCodeApi: () => ({
        postMessage: (message: unknown) => this.sent.push(JSON.parse(JSON.stringify(message))),
      }),
      document,
      window: { addEventListener: (_: string, listener: typeof this.listener) => (this.listener = listener) },
      Element: FakeElement,
    });
  }

  receive(data: unknown) {
    this.listener({ data });
  }

  cells(name: string): FakeElement[] {
    return this.all(this.byId('table')).filter((each) => each.name === name);
  }

  texts(): string[] {
    return [...this.ids.values()].flatMap((each) => this.all(each)).map(({ own }) => own);
  }

  private all(element: FakeElement): FakeElement[] {
    return [element, ...element.children.flatMap((child) => this.all(child))];
  }

  private byId(id: string): FakeElement {
    const known = this.ids.get(id) ?? new FakeElement(id);
    this.ids.set(id, known);
    return known;
  }
}

describe('check of results of many documents', () => {
  const answer = { ...place('file:///a', 1), endLine: 1, endCharacter: 3, score: 1 } as Answer;
  const many = {
    question: 'q',
    answers: [{ ...answer, also: [answer] }],
    noAnswer: { probability: 0.1, chosen: false },
    read: { documents: 1, ofDocuments: 1 },
    skipped: [{ uri: 'u', reason: 'binary', message: 'm' }],
    engine: { name: 'cpu' },
    timing: { totalMs: 1 },
    warnings: [],
  };
  const row = { uri: 'file:///a', cells: [answer, null] };

  it('accepts valid ones', () => {
    assert.ok(isAskManyResult(many));
    assert.ok(isAskManyProgress({ stage: 'documents', done: 1, total: 2, skipped: 0, answers: many.answers }));
    const progress = { stage: 'documents', done: 1, total: 2, skipped: 0, answers: [] };
    assert.ok(isAskManyProgress({ ...progress, read: { characters: 3, ofCharacters: 9 } }));
    assert.ok(!isAskManyProgress({ ...progress, read: { characters: 3 } }));
    assert.ok(isExtractResult({ rows: [row], skipped: [], engine: { name: 'cpu' } }, 2));
    assert.ok(isExtractProgress({ stage: 'rows', done: 1, total: 2, row }, 2));
  });

  it('refuses damaged ones', () => {
    for (const damage of [
      { answers: [answer] },
      { answers: [{ ...answer, also: [{ ...answer, line: -1 }] }] },
      { answers: [{ ...answer, also: [], parts: [{ start: 3, end: 3 }] }] },
      { answers: [{ ...answer, also: [], path: [7] }] },
      { read: {} },
      { skipped: [{}] },
    ]) {
      assert.equal(isAskManyResult({ ...many, ...damage }), false, JSON.stringify(damage));
    }
    assert.equal(isExtractResult({ rows: [row], skipped: [], engine: { name: 'cpu' } }, 3), false);
    assert.equal(isAskManyProgress({ done: 1, total: 2, skipped: 0, answers: 3 }), false);
    fc.assert(fc.property(fc.anything(), (value) => !isAskManyResult(value) && !isExtractProgress(value, 1)));
  });
});
