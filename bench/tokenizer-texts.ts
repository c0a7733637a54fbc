/** The paragraphs of the SQuAD dev sets, in the files' order. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Paragraph {
  context: string;
  questions: string[];
}

interface SquadFile {
  data: { paragraphs: { context: string; qas: { question: string }[] }[] }[];
}

/** dev-v1.1 then dev-v2.0 of a folder, as .json or as .json.xz (unpacked by `xz`). */
export function squadTexts(folder: string): Paragraph[] {
  return ['dev-v1.1.json', 'dev-v2.0.json'].flatMap((name) =>
    readSquad(path.join(folder, name)).data.flatMap((article) =>
      article.paragraphs.map((p) => ({ context: p.context, questions: p.qas.map((qa) => qa.question) })),
    ),
  );
}

function readSquad(file: string): SquadFile {
  const json = existsSync(file)
    ? readFileSync(file, 'utf8')
    : execFileSync('xz', ['-dc', `${file}.xz`], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return JSON.parse(json) as SquadFile;
}
