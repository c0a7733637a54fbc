/** Reading views of data files: text, blocks, paths, exact characters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { viewOf } from '../../../server/views/choose-view.js';
import { jsonView } from '../../../server/views/data/json.js';
import { propertiesView } from '../../../server/views/data/properties.js';
import { tomlView } from '../../../server/views/data/toml.js';
import { yamlView } from '../../../server/views/data/yaml.js';
import { blocksOf, inFile } from './view-examples.js';
import { checkView } from './view-invariants.js';

describe('JSON view', () => {
  it('shows values with their keys, outer keys as path, and comments', () => {
    const file =
      '{"name": "x", // the name\n "a": {"b": [1, "two", {"c": null}], "d": {}}, /* one\n * two */ "e": [[true]]}';
    assert.deepEqual(blocksOf(jsonView(file), file), [
      'value : name: "x"',
      'comment : the name',
      'heading : a',
      'value a: x a b: 1, "two"',
      'value a/b: a b c: null',
      'value a: x a d: {}',
      'comment : one two',
      'value : x e: true',
    ]);
  });

  it('inserted quotes and commas are never part of an answer; blocks know where their values begin', () => {
    const file = '{\n  "a": "x",\n  "b": [1, "y"]\n}';
    const view = jsonView(file);
    assert.equal(view.text, 'a: "x",\nb: 1, "y"');
    assert.deepEqual(
      view.blocks.map(({ start, valueStart }) => valueStart! - start),
      [3, 3],
    );
    assert.equal(inFile(view, file, '"y"'), 'y');
    assert.equal(view.standsInFile(6, 8), false);
  });

  it('escapes are decoded one by one', () => {
    const file = String.raw`{"k\u0065y": "tab\tend \ud83d\ude00 \"q\" \\ \x"}`;
    const view = jsonView(file);
    assert.equal(view.text, 'key: "tab\tend 😀 "q" \\ \\x"');
    assert.equal(inFile(view, file, '😀'), String.raw`\ud83d\ude00`);
    assert.equal(inFile(view, file, '"q"'), String.raw`\"q\"`);
    assert.equal(inFile(view, file, 'key'), String.raw`k\u0065y`);
  });

  it('broken and unfinished files lose nothing; JSON lines are read one after the other', () => {
    const broken = '{"a": 1 "b": 2, c: \'three\', "d": 4';
    assert.deepEqual(blocksOf(jsonView(broken), broken), [
      'value : a: 1',
      'value : b: 2',
      "paragraph : c: 'three', \"",
      'value : d: 4',
    ]);
    for (const file of ['/*', '{/*', '["', '{"a', '{"a":', '"\\']) blocksOf(jsonView(file), file);
    const lines = '{"a": 1}\n{"a": 2}\n';
    assert.deepEqual(blocksOf(jsonView(lines), lines), ['value : a: 1', 'value : a: 2']);
  });

  it('deep nesting and very long texts are read as plain text', () => {
    const deep = `${'['.repeat(100_000)}"x"`;
    assert.equal(jsonView(deep).text, deep);
    const long = `["${'a '.repeat(5e6)}"]`;
    assert.equal(jsonView(long).blocks.length, 1);
    assert.equal(jsonView(long).text.length, long.length);
  });
});

describe('records', () => {
  it('values are read with the keys above them and the name of their record, wherever it is', () => {
    const file = 'servers:\n- maxConnections: 5\n  name: db\n  hosts: [a, b]\n- name: web\n  maxConnections: 7\n';
    const view = yamlView(file);
    assert.deepEqual(blocksOf(view, file), [
      'heading : servers',
      'value servers: servers db max Connections: 5',
      'value servers: servers name: db',
      'value servers: servers db hosts: a, b',
      'value servers: servers name: web',
      'value servers: servers web max Connections: 7',
    ]);
    // What is inserted is never an answer; a key whose words are set apart is still itself.
    assert.equal(inFile(view, file, 'max Connections'), 'maxConnections');
    const words = view.text.indexOf('servers db hosts');
    assert.equal(view.standsInFile(words, words + 'servers db '.length), false);
  });

  it('a long list continues in further blocks, each with its key', () => {
    const file = JSON.stringify({ all: Array.from({ length: 400 }, (_, i) => `item ${i}`) });
    const blocks = blocksOf(jsonView(file), file);
    assert.ok(blocks.length > 5 && blocks.length < 20, String(blocks.length));
    for (const block of blocks) assert.match(block, /^value : all: "item \d+"/);
  });
});

describe('comments of data files', () => {
  it('nothing is between a comment and the key below: the keys above are named before it', () => {
    const file = 'tide:\n  # How high it may get\n  # at spring tide.\n  most: 4\n\n  # The gauge\n  at: pier\n';
    assert.equal(
      yamlView(file).text,
      'tide.\n\ntide # How high it may get at spring tide.\nmost: 4.\n\ntide # The gauge:\nat: pier',
    );
    const list = '[gauge]\nid = 7\n# Where they stand\npiers = ["a", "b"]\n';
    assert.match(tomlView(list).text, /\n\ngauge 7 # Where they stand:\npiers: "a", "b"$/);
  });

  it('one behind a value tells nothing of the key below', () => {
    const file = 'gauge:\n  most: 4 # metres\n  # At the pier\n  least: 1\n';
    assert.equal(yamlView(file).text, 'gauge.\ngauge most: 4.\n\n# metres.\n\ngauge # At the pier:\nleast: 1');
    const next = 'gauge:\n  most: 4 # metres\n  least: 1\n';
    assert.match(yamlView(next).text, /# metres[,.]\ngauge least: 1$/);
  });
});

describe('YAML view', () => {
  it('an empty value whose key was shown is not a block of its own', () => {
    const file = ",\n?\n n:\n a::\",\\''@]:?|a:: n[\n|=== |ann\\:|| ' image::a[}a-:]&?::@note::\"%\\\\section{|'?";
    checkView(yamlView(file), file);
  });

  it('all styles of scalars', () => {
    const file = `# top
# more
plain: &anchor one
  two # end
single: 'it''s'
double: "a\\tb \\
  c\\u00e9"
folded: >-
  first
  second

  third
literal: |
   kept
     deeper
empty:
flow: {x: 1, "y": [2, 3]}
`;
    const view = yamlView(file);
    assert.deepEqual(blocksOf(view, file), [
      'comment : top more',
      'value : plain: one two',
      'comment : end',
      `value : single: "it's"`,
      'value : double: "a\tb cé"',
      'value : folded: first second\nthird',
      'value : literal: kept\n  deeper',
      'value : empty',
      'heading : flow',
      'value flow: flow x: 1',
      'value flow: flow y: 2, 3',
    ]);
    assert.equal(inFile(view, file, "it's"), "it''s");
    assert.equal(inFile(view, file, 'first second'), 'first\n  second');
    assert.equal(inFile(view, file, 'é'), '\\u00e9');
  });

  it('lists of maps, several documents, aliases', () => {
    const file = 'list:\n- k: v\n  l: w\n- m\n---\nx: *x\n';
    assert.deepEqual(blocksOf(yamlView(file), file), [
      'heading : list',
      'value list: list k: v',
      'value list: list l: w',
      'value : list: m',
      'value : x: *x',
    ]);
  });

  it('deep nesting is read as plain text', () => {
    for (const deep of ['['.repeat(50_000), '- '.repeat(5_000)]) assert.equal(yamlView(deep).text, deep);
  });
});

describe('TOML view', () => {
  it('tables, dotted keys, arrays, strings, dates', () => {
    const file =
      '# c\nt = "a\\tb" # d\n[s."x y"]\nk = [1, "two"]\n[[p]]\nn = {a = 1, b = \'l\\n\'}\nm = """\none \\\n  two"""\nd = 1979-05-27\n';
    const view = tomlView(file);
    assert.deepEqual(blocksOf(view, file), [
      'comment : c',
      'value : t: "a\tb"',
      'comment : d',
      'heading : s.x y',
      'value s.x y: s.x y k: 1, "two"',
      'heading : p',
      'heading p: n',
      'value p/n: p n a: 1',
      'value p/n: p n b: "l\\n"',
      'value p: p m: one two',
      'value p: p d: 1979-05-27',
    ]);
    assert.equal(inFile(view, file, 'a\tb'), 'a\\tb');
    assert.equal(inFile(view, file, 'one two'), 'one \\\n  two');
  });

  it('text before an error is parsed, the rest is read as plain text', () => {
    const file = 'a = 1\nb = \nc = 3\n';
    assert.deepEqual(blocksOf(tomlView(file), file), ['value : a: 1', 'paragraph : b = \nc = 3']);
    const deep = `a = ${'['.repeat(50_000)}`;
    assert.equal(tomlView(deep).text, deep);
  });
});

describe('view of lines of keys and values', () => {
  it('.ini and .env', () => {
    const file = '; c\n[main]\nkey = value one\nq="quoted"\nexport A=b:c\nflag\n[next]\nurl: http://x=1\n';
    assert.deepEqual(blocksOf(propertiesView(file), file), [
      'comment : c',
      'heading : main',
      'value main: main key: value one',
      'value main: main q: "quoted"',
      'value main: main A: b:c',
      'value main: flag',
      'heading : next',
      'value next: next url: http://x=1',
    ]);
  });

  it('.properties: escapes and continued lines', () => {
    const file = '# c\nkey = va\\\n   lue \\u00e9\na\\:b value\n! bang\n';
    const view = propertiesView(file, true);
    assert.deepEqual(blocksOf(view, file), [
      'comment : c',
      'value : key: value é',
      'value : a:b: value',
      'comment : bang',
    ]);
    assert.equal(inFile(view, file, 'é'), '\\u00e9');
  });
});

describe('the view of a file', () => {
  it('is chosen by language, otherwise by extension', () => {
    assert.equal(viewOf('{"a": "b"}', { languageId: 'jsonc' }).text, 'a: "b"');
    assert.equal(viewOf('a = "b"', { languageId: 'plaintext', fileName: 'C:\\x\\Cargo.TOML' }).text, 'a: "b"');
    assert.equal(viewOf('*a*', { fileName: 'x.rst' }).text, 'a');
    assert.equal(viewOf('*a*', { fileName: 'x.unknown' }).text, '*a*');
  });
});
