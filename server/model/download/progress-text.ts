/** Texts about a download, on the command line and in the editor. */
import { t } from '../../l10n.js';
import { sizeText } from '../../storage/disk.js';
import type { CatalogueEntry } from '../store/catalogue.js';
import type { Verified } from '../store/manifest.js';
import type { DownloadProgress } from './speed.js';

/** How a file was verified; a phrase. */
export function verifiedText(verified: Verified): string {
  switch (verified) {
    case 'catalogue':
      return t('as published');
    case 'server':
      return t('as its server states');
    case 'length':
      return t('recorded; its length and structure were checked');
    default:
      return t('recorded; its structure was checked');
  }
}

/** "F1 79.5 (SQuAD 2.0, model card)"; undefined: none is published. */
export function f1Text({ squad, f1 }: Pick<CatalogueEntry, 'squad' | 'f1'>): string | undefined {
  if (!f1) return undefined;
  const source =
    f1.source === 'model card' ? t('model card') : t('question-answering example of Hugging Face Transformers');
  return `F1 ${f1.value} (SQuAD ${squad}, ${source})`;
}

/** Minutes and seconds. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return t('{0} s', whole);
  if (whole < 3600) return t('{0} min {1} s', Math.floor(whole / 60), whole % 60);
  return t('{0} h {1} min', Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
}

/** "12 of 133 MB, 4.2 MB/s, 29 s left", or the problem. */
export function progressText({
  bytes,
  total,
  bytesPerSecond,
  secondsLeft,
  waiting,
  trouble,
}: DownloadProgress): string {
  if (waiting) return t('waiting for another process that downloads this model');
  const parts = [t('{0} of {1}', sizeText(bytes), sizeText(total))];
  if (trouble) parts.push(t('{0}; trying again', trouble));
  else if (bytesPerSecond !== undefined) {
    parts.push(`${sizeText(bytesPerSecond)}/s`);
    if (secondsLeft !== undefined) parts.push(t('{0} left', durationText(secondsLeft)));
  }
  return parts.join(', ');
}
