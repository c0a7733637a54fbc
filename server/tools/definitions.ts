/**
 * The tools as models see them: names, descriptions, schemas. Those of VS Code are in package.json and
 * package.nls.json, where VS Code reads them; those of MCP are made from the same ones, and have a schema of their
 * output. In English in every language, since models read them.
 */
import { contributes } from '../../package.json';
import texts from '../../package.nls.json';
import { MAX_NAME_UNITS, MAX_TABLE_QUESTIONS } from './tool-input.js';

/** A JSON Schema of an object. */
export interface ObjectSchema {
  [key: string]: unknown;
  type: 'object';
  properties: Record<string, object>;
  required: string[];
}

export interface ToolDefinition {
  [key: string]: unknown;
  name: string;
  title: string;
  description: string;
  inputSchema: ObjectSchema;
  outputSchema: ObjectSchema;
  annotations: {
    title: string;
    readOnlyHint: true;
    destructiveHint: false;
    idempotentHint: true;
    openWorldHint: false;
  };
}

type Text = keyof typeof texts;

/** A value of package.json with its texts. */
function said<T>(value: T): T {
  if (typeof value === 'string') return (texts[value.replace(/^%(.*)%$/, '$1') as Text] ?? value) as T;
  if (Array.isArray(value)) return value.map(said) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, said(each)])) as T;
}

const ofVsCode = (name: string) => said(contributes.languageModelTools.find((tool) => tool.name === name)!);

const answerTool = ofVsCode('ask-bert_answer');
const workspaceTool = ofVsCode('ask-bert_answerWorkspace');
const answerInput = answerTool.inputSchema.properties;
const workspaceInput = workspaceTool.inputSchema.properties;

const text = (description: string) => ({ type: 'string', description });
const number = (description: string) => ({ type: 'number', description });
const whole = (description: string, minimum = 0) => ({ type: 'integer', minimum, description });
const list = (items: object, description: string) => ({ type: 'array', items, description });
const object = (properties: Record<string, object>, required: string[] = []): ObjectSchema => ({
  type: 'object',
  properties,
  required,
});

const origin = {
  page: whole('Page of a PDF, one-based.', 1),
  pageLabel: text('What is printed as the number of that page, if it differs.'),
  slide: whole('Slide, one-based.', 1),
  sheet: text('Name of the sheet.'),
  cell: text('Address of the cell in it, such as C14.'),
  chapter: text('Title of the chapter of a book.'),
  section: text('Heading above it in a document with pages.'),
  part: text('Part of the file, if not its main text: an attachment, notes, comments, a header.'),
};

const answer = object(
  {
    answer: text('The exact characters of the document.'),
    place: text('uri:line:column of the first character, one-based; text:line:column for a given text.'),
    line: whole('Line, one-based.', 1),
    column: whole('Column in UTF-16 units, one-based.', 1),
    start: whole('UTF-16 units from the beginning of the text, zero-based.'),
    end: whole('The same; the end is excluded.'),
    probability: number('0 to 1, within its own document, whose answers and "no answer" share it.'),
    grade: {
      type: 'string',
      enum: ['sure', 'unsure', 'guess'],
      description: 'How far it can be believed, by how often such probabilities are right.',
    },
    ...origin,
    sentence: text('The sentence around it; missing if it is the answer itself, or cannot be quoted.'),
    headings: list({ type: 'string' }, 'Headings or keys above it, outermost first.'),
    items: list({ type: 'string' }, 'The items of a list that is the answer as a whole.'),
    also: list({ type: 'string' }, 'Other places of the same words, five at most.'),
  },
  ['answer', 'place', 'line', 'column', 'start', 'end', 'probability', 'grade'],
);

const result = {
  question: text('The question.'),
  correctedQuestion: text('The question as read, with typing errors corrected.'),
  answered: { type: 'boolean', description: 'The decision; false: the text does not answer the question.' },
  noAnswerProbability: number('Probability of "no answer", 0 to 1.'),
  answers: list(answer, 'Best first.'),
  guesses: list(answer, 'Instead of answers if answered is false: unlikely candidates, not answers.'),
  notes: list({ type: 'string' }, 'Remarks, such as what could not be read.'),
};
const always = ['question', 'answered', 'noAnswerProbability'];

const read = object(
  {
    documents: whole('Documents that were read, at least in part.'),
    ofDocuments: whole('Documents there are.'),
    ranked: { type: 'boolean', description: 'Only the passages nearest to the question were read.' },
    ended: { type: 'string', enum: ['settled', 'time', 'all'], description: 'If ranked: why nothing more was read.' },
    skipped: whole('Files that could not be read.'),
  },
  ['documents', 'ofDocuments', 'ranked', 'skipped'],
);

const question = object(
  {
    name: { ...text('Name of the column.'), minLength: 1, maxLength: MAX_NAME_UNITS },
    question: answerInput.question,
    noAnswerThreshold: number('No answer above this difference of null score and best score; default: the model’s.'),
  },
  ['name', 'question'],
);

const cell = {
  anyOf: [
    object({ ...answer.properties }, answer.required),
    { type: 'null', description: 'The document does not answer the question.' },
  ],
};

const file = text('URI of the file.');

const annotated = (title: string): ToolDefinition['annotations'] => ({
  title,
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
});

/** The tools of MCP, by the part of their name that their handlers are found by. */
export const definitions = {
  answer: {
    name: 'answer',
    title: answerTool.displayName,
    description: answerTool.modelDescription,
    inputSchema: object(
      { ...answerInput, uri: text('URI of a local file, such as file:///folder/file.md.') },
      answerTool.inputSchema.required,
    ),
    outputSchema: object(result, always),
    annotations: annotated(answerTool.displayName),
  },
  answerFolder: {
    name: 'answer_folder',
    title: workspaceTool.displayName,
    description: workspaceTool.modelDescription,
    inputSchema: object({ ...workspaceInput }, workspaceTool.inputSchema.required),
    outputSchema: object({ ...result, read }, [...always, 'read']),
    annotations: annotated(workspaceTool.displayName),
  },
  extractTable: {
    name: 'extract_table',
    title: 'Ask BERT for a Table',
    description:
      'Asks several short factual questions of every file in the workspace, or in one folder, and returns a table: a row for each file, a cell for each question, by a BERT question answering model that runs on this machine. Use it to compare documents of one kind, such as the fee and the term of each contract. A cell is a verbatim excerpt with its place and probability, or null: that file does not answer that question. Every file is read completely, so name the files by `folder` and `include`. `skipped` names the files that could not be read.',
    inputSchema: object(
      {
        questions: {
          ...list(question, 'The columns.'),
          minItems: 1,
          maxItems: MAX_TABLE_QUESTIONS,
        },
        folder: workspaceInput.folder!,
        include: workspaceInput.include!,
      },
      ['questions'],
    ),
    outputSchema: object(
      {
        columns: list({ type: 'string' }, 'Names of the questions, in order.'),
        rows: list(object({ file, cells: list(cell, 'In the order of the columns.') }, ['file', 'cells']), 'Files.'),
        skipped: list(
          object({ file, reason: text('Kind of reason.'), message: text('A sentence.') }, [
            'file',
            'reason',
            'message',
          ]),
          'Files that could not be read, 50 at most.',
        ),
        skippedInAll: whole('How many there are.'),
        notes: result.notes,
      },
      ['columns', 'rows', 'skipped', 'skippedInAll'],
    ),
    annotations: annotated('Ask BERT for a Table'),
  },
} satisfies Record<string, ToolDefinition>;
