/** tokenizer.json of Hugging Face tokenizers, part by part: what cannot be read is refused by its name. */
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';

export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MOST_SHOWN = 80;

/** A value as messages show it: it may be missing, very long, or nested too deeply for JSON. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? t('missing');
  } catch {
    text = Array.isArray(value) ? '[...]' : '{...}';
  }
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN).replace(/[\ud800-\udbff]$/, '')}…` : text;
}

/** Types of a component, in order: a sequence has several, null none. */
export function componentsOf(value: unknown, list: 'normalizers' | 'pretokenizers' | 'processors'): Json[] {
  if (!isObject(value)) return [];
  return value.type === 'Sequence' && Array.isArray(value[list]) ? value[list].filter(isObject) : [value];
}

export class TokenizerJson {
  constructor(
    /** Name in messages. */
    readonly file: string,
    readonly json: Json,
  ) {}

  get model(): Json {
    const { model } = this.json;
    if (!isObject(model)) throw this.fault('model', model, t('an object'));
    return model;
  }

  /** Something is damaged. @param expected in words */
  fault(field: string, found: unknown, expected: string): AskBertError {
    return invalid(t('{0}: field "{1}" is {2}, expected {3}.', this.file, field, shown(found), expected));
  }

  /** Something is in order, but cannot be read here. @param expected in words */
  unsupported(field: string, found: unknown, expected: string): AskBertError {
    return unsupported(t('{0}: field "{1}" is {2}, expected {3}.', this.file, field, shown(found), expected));
  }

  /** Refuses a field of an object that has another value than these, which can be read. */
  demand(place: string, object: Json, field: string, values: readonly unknown[]): void {
    if (values.some((value) => (object[field] ?? null) === value)) return;
    throw this.unsupported(`${place}.${field}`, object[field], values.map((value) => JSON.stringify(value)).join(', '));
  }

  /** Special pieces are never searched for in a text; others would have to be. */
  refuseOtherAddedTokens(): void {
    const added = this.json.added_tokens;
    if (added === undefined || added === null) return;
    if (!Array.isArray(added)) throw this.fault('added_tokens', added, t('a list'));
    const other = added.find((each) => !isObject(each) || each.special !== true);
    if (other) throw this.unsupported('added_tokens', other, t('special tokens only'));
  }

  /** Ids of added tokens by their content. */
  get addedIds(): Map<string, number> {
    const found = new Map<string, number>();
    for (const each of Array.isArray(this.json.added_tokens) ? this.json.added_tokens : []) {
      if (isObject(each) && typeof each.content === 'string' && isId(each.id)) found.set(each.content, each.id);
    }
    return found;
  }
}

export const isId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 10_000_000;

export const invalid = (message: string): AskBertError =>
  new AskBertError('ModelInvalid', message, t("Get the tokenizer's files again from the model's own repository."));

/** What is in order, but of a kind that is not known here: another copy of it is the same. */
export const unsupported = (message: string): AskBertError =>
  new AskBertError('ModelInvalid', message, t('This tokeniser cannot be read. Choose another model.'));

/** Ids of the special pieces that windows need. @throws AskBertError ModelInvalid naming one that is missing */
export function specialIds(
  file: string,
  idOf: (piece: string) => number | undefined,
): { clsId: number; sepId: number; padId: number } {
  const find = (...pieces: string[]): number => {
    for (const piece of pieces) {
      const id = idOf(piece);
      if (id !== undefined) return id;
    }
    throw unsupported(t('{0} has no special piece {1}.', file, pieces.join(t(' or '))));
  };
  return { clsId: find('<s>', '[CLS]'), sepId: find('</s>', '[SEP]'), padId: find('<pad>', '[PAD]') };
}
