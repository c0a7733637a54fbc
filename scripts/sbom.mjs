// The SBOM of one VSIX in CycloneDX: npm's own, reduced to the packages that are really inside, with the model added.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { npm, root, ScriptError } from './ensure.mjs';
import { shipped } from './shipped.mjs';
import { runtimeFolder } from './targets.mjs';

const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

/** npm's SBOM of everything in a lock file. */
async function lockedSbom(folder) {
  const { code, stdout, output } = await npm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], folder);
  if (code !== 0) throw new ScriptError(`npm sbom failed in ${folder}:\n${output.trim()}`);
  return JSON.parse(stdout);
}

/** CycloneDX SBOM for the VSIX of a target; reproducible from the same sources. */
export async function sbom(target) {
  const { name, version, license } = read('package.json');
  const folders = [...new Set([root, runtimeFolder(target)])];
  const all = await Promise.all(folders.map(lockedSbom));
  const known = new Map(
    all.flatMap(({ components }) => components).map((each) => [`${each.name}@${each.version}`, each]),
  );
  const packages = [
    ...new Map((await shipped(target)).map((each) => [`${each.name}@${each.version}`, each])).keys(),
  ].sort();
  const components = packages.map((key) => {
    const found = known.get(key);
    if (!found) throw new Error(`${key} ships, but package-lock.json does not name it.`);
    // npm's properties about installation do not apply to what ships.
    return { ...found, scope: 'required', properties: [] };
  });
  if (target !== 'web') components.push(embeddedModel());
  const own = `${name}@${version}`;
  const refs = new Set(components.map((each) => each['bom-ref']));
  const dependencies = all.flatMap((each) => each.dependencies ?? []).filter(({ ref }) => refs.has(ref));
  const inside = new Map(
    dependencies.map(({ ref, dependsOn = [] }) => [ref, dependsOn.filter((each) => refs.has(each))]),
  );
  const { $schema, bomFormat, specVersion } = all[0];
  return {
    $schema,
    bomFormat,
    specVersion,
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        'bom-ref': own,
        type: 'application',
        name,
        version,
        description: `Extension for Visual Studio Code, package for ${target}`,
        licenses: [{ license: { id: license } }],
        properties: [{ name: 'vsix:target', value: target }],
      },
    },
    components,
    dependencies: [
      { ref: own, dependsOn: [...refs].sort() },
      ...[...inside].sort().map(([ref, dependsOn]) => ({ ref, dependsOn })),
    ],
  };
}

function embeddedModel() {
  const folder = 'models/default';
  const weights = readFileSync(path.join(root, folder, 'model.safetensors'));
  return {
    'bom-ref': folder,
    type: 'machine-learning-model',
    name: folder,
    description: 'Embedded question-answering model; origin and data sets: models/default/README.md',
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(weights).digest('hex') }],
    licenses: [{ license: { id: 'Apache-2.0' } }],
  };
}
