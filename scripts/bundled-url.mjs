// `import.meta.url` of what esbuild bundles: where it would be if it were installed beside the bundle.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const url = () => pathToFileURL(path.join(__dirname, 'node_modules', 'bundled', 'lib', 'module.js')).href;

// Marked as pure, so that it is left out of bundles that do not ask.
export const bundledUrl = /* @__PURE__ */ url();
