/** The tool `extract_table`: questions and a folder or the roots → a table, a row for each file. */
import type { Answer } from '../protocol.js';
import { checkTableInput, ToolInputError } from '../tools/tool-input.js';
import { originOf, placeText, rounded } from '../tools/tool-result.js';
import { filesOf, type LocatedAnswer, type ToolContext } from './context.js';
import { MAX_NOTES } from './folder-tool.js';

/** Cells of a table: the answer is one message, and each file is read completely for each question. */
export const MAX_CELLS = 2000;
/** Files that cannot be read which are named. */
const MAX_SKIPPED = 50;

/** @throws ToolInputError, AskBertError of any kind */
export async function tableTool(given: unknown, context: ToolContext): Promise<object> {
  const input = checkTableInput(given);
  const found = await filesOf(input, context);
  const { questions } = input;
  const cells = found.uris.length * questions.length;
  if (cells > MAX_CELLS) {
    throw new ToolInputError(
      `The table has ${cells} cells (${found.uris.length} files, ${questions.length} questions), expected at most ${MAX_CELLS}: name fewer files by folder and include, or run "ask-bert extract" in a terminal.`,
    );
  }
  const documents = found.uris.map((uri) => ({ uri }));
  const result = await context.service.extract({ questions, documents }, undefined, context.signal, (progress) =>
    context.report(progress.done, progress.total, `${progress.done} of ${progress.total} files`),
  );
  const skipped = [...found.skipped, ...result.skipped].map(({ uri, reason, message }) => ({
    file: uri,
    reason,
    message,
  }));
  const beyond = found.beyond > 0 ? [`${found.beyond} more files are left out: there are too many.`] : [];
  const told = [...(result.warnings ?? []), ...(result.notes ?? [])].map(({ message }) => message);
  const notes = [...beyond, ...told].slice(0, MAX_NOTES);
  return {
    columns: questions.map(({ name }) => name),
    rows: result.rows.map(({ uri, cells }) => ({
      file: uri,
      cells: cells.map((answer) => answer && cell(uri, answer)),
    })),
    skipped: skipped.slice(0, MAX_SKIPPED),
    skippedInAll: skipped.length,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function cell(uri: string, answer: Answer): LocatedAnswer {
  const { text, start, end, line, character, probability, grade } = answer;
  return {
    answer: text,
    place: placeText(uri, line, character),
    line: line + 1,
    column: character + 1,
    start,
    end,
    probability: rounded(probability),
    grade,
    ...originOf(answer),
  };
}
