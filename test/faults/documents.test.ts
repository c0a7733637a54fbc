/**
 * Damaged PDF, Office files and mails: what is left of them is read, or one reason says why not; the process that reads
 * them neither crashes nor hangs. ASKBERT_DOCUMENTS names a folder of other files to damage, ASKBERT_MUTATIONS how often
 * each is; the outcomes are counted for each file, with the longest time and (on Linux) the most memory of a reading.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { unzipSync, zipSync } from 'fflate';
import { type Extracted, UnreadableFormat } from '../../server/formats/extracted.js';
import { ReaderFault, ReaderProcess } from '../../server/formats/host/reader-process.js';
import { rounds } from '../unit/helpers/long.js';
import { column, makePdf } from '../unit/helpers/make-pdf.js';
import { damaged } from './mutate.js';
import { Random } from './random.js';

const ROUNDS = Number(process.env.ASKBERT_MUTATIONS ?? rounds(10, 500));
const { ASKBERT_DOCUMENTS: folder = '' } = process.env;
const office = 'test/fixtures/office';

const page = (number: number) => ({
  texts: column(50, 700, [
    `Page ${number} tells of a river that runs`,
    'through the valley and of the people who',
    'live there.',
  ]),
});
const mail = (attached: Buffer) =>
  `From: ann@example.org\nTo: bob@example.org\nSubject: The lease\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below.\n--b\nContent-Type: application/octet-stream; name=a.docx\nContent-Transfer-Encoding: base64\n\n${attached.toString('base64').replace(/.{76}/g, '$&\n')}\n--b--\n`;

const files: [string, Buffer][] =
  folder === ''
    ? [
        ...readdirSync(office)
          .filter((name) => name.endsWith('.docx'))
          .map((name): [string, Buffer] => [name, readFileSync(path.join(office, name))]),
        ['three-pages.pdf', Buffer.from(makePdf([1, 2, 3].map(page)))],
        ['mail.eml', Buffer.from(mail(readFileSync(path.join(office, 'endnotes.docx'))))],
      ]
    : readdirSync(folder).map((name): [string, Buffer] => [name, readFileSync(path.join(folder, name))]);

const reader = new ReaderProcess();
after(() => reader.end());

/** The file as it is, or a part of an archive, which a checksum would tell otherwise. */
function damagedFile(bytes: Buffer, random: Random): { bytes: Buffer; how: string } {
  if (bytes.subarray(0, 2).toString() !== 'PK' || random.next() < 0.5) return damaged(bytes, random);
  const parts = unzipSync(bytes);
  const name = random.pick(Object.keys(parts).filter((each) => parts[each].length > 0));
  const part = damaged(Buffer.from(parts[name]), random);
  parts[name] = new Uint8Array(part.bytes);
  return { bytes: Buffer.from(zipSync(parts, { level: 1 })), how: `${part.how} in ${name}` };
}

/** @throws AssertionError if an offset is outside of the text, or not in its order */
function check({ text, blocks, places, boxes, notes }: Extracted): void {
  let end = 0;
  for (const block of blocks) {
    assert.ok(block.start >= end && block.end > block.start && block.end <= text.length, JSON.stringify(block));
    end = block.end;
  }
  for (const { start } of places) assert.ok(start >= 0 && start <= text.length);
  for (const [i, start] of (boxes?.starts ?? new Int32Array()).entries()) assert.ok(start < boxes!.ends[i]);
  for (const note of notes) assert.match(note, /\S/);
}

test('a PDF for which pdf.js drops a promise that fails', async () => {
  const text = Buffer.from(makePdf([1, 2, 3].map(page))).toString('latin1');
  const damage = text.replace('/Kids [7 0 R', '/Kids [7 2 R').replaceAll('[0 0 612 792]', '[0 0 612 792Y');
  assert.notEqual(damage, text);
  await assert.rejects(reader.read(Buffer.from(damage, 'latin1')), { name: 'UnreadableFormat' });
});

/** Most memory that the process has had so far, in MB; 0 where it cannot be known, or if none runs. */
function residentMb(): number {
  const status = `/proc/${reader.pid}/status`;
  if (!existsSync(status)) return 0;
  return Math.round(Number(/VmHWM:\s*(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) / 1024);
}

for (const [name, whole] of files) {
  test(`${name}: damaged ${ROUNDS} times`, async (t) => {
    const random = new Random(`documents ${name}`);
    const outcomes = new Map<string, number>();
    // A fault of the process is one too many, as is a text that is not in its order.
    const faults: string[] = [];
    let slowest = 0;
    let most = 0;
    reader.end();
    for (let round = 0; round < ROUNDS; round++) {
      const { bytes, how } = damagedFile(whole, random);
      const begin = performance.now();
      let outcome: string;
      try {
        const reading = await reader.read(bytes);
        if (reading) check(reading.extracted);
        outcome = !reading ? 'not a document' : reading.extracted.notes.length > 0 ? 'read, with a note' : 'read';
      } catch (error) {
        outcome = error instanceof UnreadableFormat ? error.reason : 'FAULT';
        if (error instanceof ReaderFault) outcome = `FAULT ${error.kind}`;
        if (outcome.startsWith('FAULT')) faults.push(`round ${round}, ${how}: ${error}`);
      }
      slowest = Math.max(slowest, performance.now() - begin);
      most = Math.max(most, residentMb());
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const cost = `at most ${(slowest / 1000).toFixed(1)} s and ${most} MB`;
    t.diagnostic(`${[...outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(', ')}; ${cost}`);
    assert.deepEqual(faults, []);
  });
}
