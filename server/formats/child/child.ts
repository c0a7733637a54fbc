/** Entry point of the process that reads PDF and Office files: a reader may crash, hang, or need too much memory. */
import { useLanguage } from '../../l10n.js';
import { READERS } from './registry.js';
import { serveReader } from './serve-reader.js';

// The parent's language is in the environment.
useLanguage();
serveReader(READERS);
