// `import.meta.url` for bundled code: where it would be if it were installed next to the bundle.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const url = () => pathToFileURL(path.join(__dirname, 'node_modules', 'bundled', 'lib', 'module.js')).href;

// Marked as pure, so that bundles that do not use it leave it out.
export const bundledUrl = /* @__PURE__ */ url();
