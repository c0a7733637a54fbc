/**
 * A separate bundle, loaded when models are managed: the catalogue, downloads, the store and imports. Also runs as a
 * worker thread.
 */
import { serveImport } from '../../server/model/import/import-thread.js';

export { useLanguage } from '../../server/l10n.js';
export { checkModel, checkNamedModel } from '../../server/model/check-model.js';
export { checkBase } from '../../server/model/download/address.js';
export { downloadModel, sourceOf } from '../../server/model/download/download-model.js';
export { f1Text, progressText, verifiedText } from '../../server/model/download/progress-text.js';
export { importInThread, lookInThread } from '../../server/model/import/import-thread.js';
export { bytesOf, catalogue, defaultBase, pageOf } from '../../server/model/store/catalogue.js';
export { weightsOf } from '../../server/model/store/manifest.js';
export { isModelName, isSameFolder, ModelStore, nameForCheckpoint } from '../../server/model/store/store.js';
export { sizeText } from '../../server/storage/disk.js';

serveImport();
