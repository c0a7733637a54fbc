// Third-party code that ships, for each target: one list for the notices, the SBOM and the test that opens the
// packages.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { bundles, pageBundle, webBundle } from '../esbuild.mjs';
import { root } from './ensure.mjs';
import { addonFiles, runtimeFolder, runtimePackages } from './targets.mjs';

/**
 * Packages inside the bundles (default: all that ship with the desktop): folder -> manifest, from esbuild's metafile.
 * With the contents of the bundles, so that a test can check that a package contains exactly these.
 */
export async function bundled(...which) {
  const built = await Promise.all(
    (which.length > 0 ? which : [bundles, pageBundle]).map((each) =>
      build({ ...each, absWorkingDir: root, write: false, metafile: true }),
    ),
  );
  const outputFiles = built.flatMap((each) => each.outputFiles);
  const folders = new Set();
  for (const input of built.flatMap(({ metafile }) => Object.keys(metafile.inputs))) {
    const match = /^(?:text:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input.replaceAll('\\', '/'));
    if (match) folders.add(match[1]);
  }
  const packages = [...folders].sort().map((folder) => {
    const { name, version, license, author } = JSON.parse(
      readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
    );
    return { name, version, license, author, folder };
  });
  return {
    packages,
    outputs: new Map(outputFiles.map((file) => [path.basename(file.path), Buffer.from(file.contents)])),
  };
}

/** A package as named in a lock file: it need not be installed. */
function locked(folder, name) {
  const { packages } = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'));
  const { version, license } = packages[`node_modules/${name}`];
  return { name, version, license, folder: path.relative(root, path.join(folder, 'node_modules', name)) };
}

/** ONNX Runtime of a target. */
export const runtimeOf = (target) => runtimePackages.map((name) => locked(runtimeFolder(target), name));

/** Compiled into the native add-on. */
export const addonPackages = () => [locked(root, 'node-addon-api')];

/** Every third-party package in the VSIX of a target. */
export async function shipped(target) {
  if (target === 'web') return (await bundled(webBundle)).packages;
  const native = [...runtimeOf(target), ...(addonFiles(target).size > 0 ? addonPackages() : [])];
  return [...(await bundled()).packages, ...native];
}
