/** Every family of models that can be read. */
import { bert } from './bert.js';
import { distilbert } from './distilbert.js';
import { electra } from './electra.js';
import type { Family } from './family.js';
import { roberta } from './roberta.js';
import { xlmRoberta } from './xlm-roberta.js';

export const families: readonly Family[] = [bert, distilbert, electra, roberta, xlmRoberta];

export const familyOf = (type: string): Family | undefined => families.find((each) => each.type === type);

/** @param network `family` is its type; undefined: BERT */
export const familyOfNetwork = ({ family }: { family?: string | undefined }): Family =>
  (family === undefined ? undefined : familyOf(family)) ?? bert;
