// Deliberate breaks of the product, each of which the tests must notice: `npm run test:mutations` tries them.
//   file, find, replace   a text that occurs once in a source file, and what takes its place
//   tests                 the test files that are run against it, relative to test/
// All are mistakes that somebody could make: a missing condition, two things in the wrong order, a limit off by one.
// When the source changes, the break is adapted, never dropped.

const reader = ['unit/reader/reader.test.ts', 'unit/reader/windows.test.ts'];
const projection = ['unit/reader/projection.test.ts', 'unit/reader/projection-order.test.ts'];
const readingView = ['unit/views/read-view.test.ts', 'unit/views/markup-views.test.ts'];

export const mutations = [
  {
    name: 'tokenizer: a word of exactly 100 characters is unknown',
    file: 'server/tokenizer/tokenizer.ts',
    find: 'units - pairs > MAX_WORD_CODE_POINTS',
    replace: 'units - pairs >= MAX_WORD_CODE_POINTS',
    tests: ['unit/reader/tokenizer.test.ts'],
  },
  {
    name: 'tokenizer: accents are stripped where the model keeps them',
    file: 'server/tokenizer/tokenizer.ts',
    find: 'if (table.stripAccents && (bits & NONSPACING) !== 0) return;',
    replace: 'if ((bits & NONSPACING) !== 0) return;',
    tests: ['unit/reader/tokenizer.test.ts'],
  },
  {
    name: 'tokenizer: after an edit the pieces after it are looked up at their new place',
    file: 'server/tokenizer/retokenize.ts',
    find: 'firstFrom(old.pieces.starts, to - grown)',
    replace: 'firstFrom(old.pieces.starts, to)',
    tests: ['unit/reader/document.test.ts'],
  },
  {
    name: 'windows: of two that see a piece equally well, both may answer with it',
    file: 'server/reader/windows.ts',
    find: 'if (contextScore(plan, w, piece) >= own) return false;',
    replace: 'if (contextScore(plan, w, piece) > own) return false;',
    tests: reader,
  },
  {
    name: 'windows: a batch holds one row more than the engine takes',
    file: 'server/reader/windows.ts',
    find: '(current.length + 1) * Math.max(longest, length) > batchPieces',
    replace: 'current.length * Math.max(longest, length) > batchPieces',
    tests: reader,
  },
  {
    name: 'windows: the separator after the question belongs to the text',
    file: 'server/reader/windows.ts',
    find: 'segmentIds.fill(contextSegment, second, at)',
    replace: 'segmentIds.fill(contextSegment, second - 1, at)',
    tests: reader,
  },
  {
    name: 'projection: answers that share a piece at their edge are both given',
    file: 'server/reader/projection.ts',
    find: 'c.first <= k.last && k.first <= c.last',
    replace: 'c.first < k.last && k.first < c.last',
    tests: projection,
  },
  {
    name: 'projection: an answer may be one piece too long',
    file: 'server/reader/projection.ts',
    find: 's + this.maxAnswerLength)',
    replace: 's + this.maxAnswerLength + 1)',
    tests: projection,
  },
  {
    name: 'reader: logits that are not numbers are accepted',
    file: 'server/reader/reader.ts',
    find: 'checkFinite(logits, batch, this.engine.info);',
    replace: '',
    tests: ['unit/reader/check-logits.test.ts'],
  },
  {
    name: 'reader: a range may end after the text',
    file: 'server/reader/reader.ts',
    find: ' || end < start || end > text.length',
    replace: ' || end < start',
    tests: reader,
  },
  {
    name: 'reader: a word of the question counts the same at any distance',
    file: 'server/reader/relevance.ts',
    find: '(1 - distance / RELEVANCE_REACH)',
    replace: '1',
    tests: ['unit/reader/relevance.test.ts'],
  },
  {
    name: 'views: the end of a range in the file is the end of the whole segment',
    file: 'server/views/base/reading-view.ts',
    find: '? this.#fileStarts[last] + Math.min(end, this.#viewStarts[last + 1]) - this.#viewStarts[last]',
    replace: '? this.#fileEnds[last]',
    tests: readingView,
  },
  {
    name: 'views: a segment that begins at the end of a file range is shown with it',
    file: 'server/views/base/reading-view.ts',
    find: 'if (begin >= end) break;',
    replace: 'if (begin > end) break;',
    tests: readingView,
  },
  {
    name: 'views: a comment in Markdown is shown',
    file: 'server/views/markup/markdown-text.ts',
    find: "case 'ProcessingInstruction':\n        this.#hide(node.from, node.to);",
    replace: "case 'ProcessingInstruction':",
    tests: ['unit/views/markup-views.test.ts', 'unit/views/view-markup.test.ts'],
  },
  {
    name: 'views: each line of a log record is a separate record',
    file: 'server/views/records/log.ts',
    find: 'continues = this.#isStamped || inTraceback || CONTINUES.test(first);',
    replace: 'continues = false;',
    tests: ['unit/views/log-view.test.ts'],
  },
  {
    name: 'ranking: long passages are favoured where short ones should be',
    file: 'server/ranking/lexical.ts',
    find: '(B * length) / mean',
    replace: '(B * mean) / length',
    tests: ['unit/documents/lexical.test.ts'],
  },
  {
    name: 'ranking: the index of a document that has changed is used again',
    file: 'server/ranking/index-cache.ts',
    find: 'if (entry?.version !== version) return undefined;',
    replace: 'if (!entry) return undefined;',
    tests: ['unit/documents/lexical.test.ts'],
  },
  {
    name: 'ranking: of two readings of one place the later one is kept',
    file: 'server/runs/merge-answers.ts',
    find: 'if (places[twin].margin >= candidate.margin) continue;',
    replace: '',
    tests: ['unit/documents/found-answers.test.ts', 'unit/documents/many.test.ts'],
  },
  {
    name: 'engine choice: 8 bits are chosen exactly at the limit of the loss',
    file: 'server/engine/choose/precision.ts',
    find: 'if (loss >= MAX_F1_LOSS)',
    replace: 'if (loss > MAX_F1_LOSS)',
    tests: ['unit/engine/choose-cpu.test.ts'],
  },
  {
    name: 'golden check: golden logits of other weights are trusted',
    file: 'server/model/golden/golden.ts',
    find: "if (golden.weights !== hash) return t('for other weights');",
    replace: '',
    tests: ['unit/engine/check.test.ts'],
  },
  {
    name: '8-bit rows: two neighbours may reach one step beyond 16 bits',
    file: 'server/engine/cpu/exact-rows.ts',
    find: 'Math.floor(32767 / 255)',
    replace: 'Math.ceil(32767 / 255)',
    tests: ['unit/engine/exact-rows.test.ts'],
  },
  {
    name: 'sidecar state: an error outlives the settings that it came from',
    file: 'server/sidecar/service.ts',
    find: "if (this.#rest.state === 'error') this.#rest = { state: 'unloaded' };",
    replace: '',
    tests: ['server/service-state.test.ts'],
  },
  {
    name: 'queue: later questions overtake an unload, which then waits for them as well',
    file: 'server/sidecar/queue.ts',
    find: "if (job.lane === 'alone' && running.length > 0) return;",
    replace: "if (job.lane === 'alone' && running.length > 0) continue;",
    tests: ['server/queue.test.ts', 'server/service-state.test.ts'],
  },
  {
    name: 'history: one question more than allowed is kept per document',
    file: 'src/history/entries.ts',
    find: 'if (count >= limit ||',
    replace: 'if (count > limit ||',
    tests: ['unit/extension/asked.test.ts'],
  },
  {
    name: 'downloads: a server may continue at a place other than the requested one',
    file: 'server/model/download/transfer.ts',
    find: 'Number(range[1]) !== part.length ||',
    replace: '',
    tests: ['unit/model/download-ranges.test.ts', 'unit/model/download.test.ts'],
  },
];
