// Opens the VSIX of every target: contents, binaries, manifests, texts, sizes, SBOM and notices.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { webBundle } from '../../esbuild.mjs';
import { root } from '../../scripts/ensure.mjs';
import { makePackage, vsixName } from '../../scripts/package.mjs';
import { bundled, shipped } from '../../scripts/shipped.mjs';
import { TARGETS } from '../../scripts/targets.mjs';
import { libraryOf, openVsix, platformOf } from './vsix.mjs';

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** Binaries of ONNX Runtime, and the ceiling of the package in MB. */
const EXPECTED = {
  'linux-x64': { runtime: ['libonnxruntime.so.1', 'onnxruntime_binding.node'], ceiling: 57 },
  'linux-arm64': { runtime: ['libonnxruntime.so.1', 'onnxruntime_binding.node'], ceiling: 48 },
  'win32-x64': { runtime: ['onnxruntime.dll', 'onnxruntime_binding.node'], ceiling: 48 },
  'win32-arm64': { runtime: ['onnxruntime.dll', 'onnxruntime_binding.node'], ceiling: 48 },
  'darwin-arm64': { runtime: ['libonnxruntime.1.dylib', 'onnxruntime_binding.node'], ceiling: 50 },
  'darwin-x64': { runtime: ['libonnxruntime.1.23.2.dylib', 'onnxruntime_binding.node'], ceiling: 49 },
  web: { runtime: [], ceiling: 0.15 },
};
const ADDON = ['askbert_rtx.node', 'askbert_trt10.node', 'askbert_trt11.node'];

/** Lines of .vscodeignore that let something through, as patterns, with the files that they are for. */
const allowed = readFileSync(path.join(root, '.vscodeignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => {
    const pattern = glob(line.slice(1));
    const folder = path.posix.dirname(line.slice(1).replace(/\*\*.*/, 'x'));
    const recursive = line.includes('**');
    const entries = readdirSync(path.join(root, folder), { withFileTypes: true, recursive });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'));
    return { line, pattern, there: names.filter((name) => pattern.test(name)) };
  });

function glob(text) {
  const escaped = text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.+' : '[^/]*'))}$`);
}

/** vsce gives some documents names of its own. */
const RENAMED = { 'readme.md': 'README.md', 'changelog.md': 'CHANGELOG.md', 'LICENSE.txt': 'LICENSE' };

/** Files of the extension by their path in the repository. */
function extensionFiles(vsix) {
  const inside = [...vsix.files.keys()].filter((name) => name.startsWith('extension/')).map((name) => name.slice(10));
  return inside.map((name) => RENAMED[name] ?? name);
}

const isBinary = (name) => /\.(node|dll|dylib|exe)$|\.so(\.[\d.]+)?$/.test(name);

const bundles = await bundled();
const web = await bundled(webBundle);

assert.deepEqual(Object.keys(EXPECTED).sort(), [...TARGETS].sort());

for (const target of TARGETS) {
  describe(`VSIX of ${target}`, () => {
    const { runtime, ceiling } = EXPECTED[target];
    const [platform, arch] = target.split('-');
    const runtimeFolder = `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}`;
    const file = path.join(root, vsixName(target));
    let vsix;
    before(async () => {
      if (!existsSync(file)) await makePackage({ target });
      vsix = await openVsix(file);
    });
    after(() => vsix?.close());

    it('holds exactly what is allowed', () => {
      const files = extensionFiles(vsix);
      const others = [...vsix.files.keys()].filter((name) => !name.startsWith('extension/'));
      assert.deepEqual(others.sort(), ['[Content_Types].xml', 'extension.vsixmanifest']);
      if (target === 'web') {
        const languages = files.filter((name) => /^(package\.nls|l10n\/bundle\.l10n)\.[\w-]+\.json$/.test(name));
        const expected = ['package.json', 'package.nls.json', 'l10n/bundle.l10n.json', 'README.md', 'CHANGELOG.md'];
        expected.push('LICENSE', 'media/icon.png', 'dist/web.js', ...languages);
        assert.deepEqual(files.sort(), expected.sort());
        return;
      }
      const native = files.filter((name) => name.startsWith('node_modules/onnxruntime-node/bin/'));
      assert.deepEqual(native.sort(), runtime.map((name) => `${runtimeFolder}/${name}`).sort());
      const built = existsSync(path.join(root, 'native', 'bin', target));
      const addon = files.filter((name) => name.startsWith('native/'));
      assert.deepEqual(addon.sort(), built ? ADDON.map((name) => `native/bin/${target}/${name}`) : []);
      const scripts =
        /^node_modules\/onnxruntime-(node\/(package\.json|dist\/[\w-]+\.js)|common\/(package\.json|dist\/cjs\/([\w-]+\.js|package\.json)))$/;
      const rest = files.filter((name) => !native.includes(name) && !addon.includes(name) && !scripts.test(name));
      for (const name of rest) {
        assert.ok(name === 'README.md' || allowed.some(({ pattern }) => pattern.test(name)), `${name} is not allowed`);
      }
      for (const { line, there } of allowed) {
        if (!line.includes('*')) assert.equal(there.length, 1, `nothing for the line ${line} of .vscodeignore`);
        for (const name of there) assert.ok(rest.includes(name), `${name} is missing`);
      }
      for (const bundle of bundles.outputs.keys()) assert.ok(rest.includes(`dist/${bundle}`), bundle);
    });

    it('has binaries of this platform alone, each with the library it asks for', async () => {
      for (const [name, entry] of vsix.files) {
        const found = platformOf(await entry.read());
        assert.equal(found, isBinary(name) ? target : undefined, name);
      }
      if (target === 'web') return;
      const binding = vsix.files.get(`extension/${runtimeFolder}/onnxruntime_binding.node`);
      const libraries = libraryOf(await binding.read());
      const there = runtime.filter((name) => name !== 'onnxruntime_binding.node');
      assert.ok(
        libraries.some((name) => there.includes(name)),
        `asks for ${libraries}, found ${there}`,
      );
    });

    it('is for this target, version and kind of release in the eyes of VS Code', async () => {
      const xml = await vsix.text('extension.vsixmanifest');
      const identity = /<Identity [^>]*>/.exec(xml)[0];
      assert.match(identity, new RegExp(`TargetPlatform="${target}"`));
      assert.match(identity, new RegExp(`Version="${manifest.version}"`));
      const odd = Number(manifest.version.split('.')[1]) % 2 === 1;
      assert.equal(/Microsoft\.VisualStudio\.Code\.PreRelease" Value="true"/.test(xml), odd);
      assert.equal(/__web_extension/.test(xml), target === 'web');
      assert.match(xml, /<Categories>AI,/);
      assert.match(xml, /GalleryFlags>Public Preview</);
    });

    it('has a manifest with the entry of the target and nothing of development', async () => {
      const inside = JSON.parse(await vsix.text('extension/package.json'));
      for (const key of ['devDependencies', 'scripts', 'private']) assert.equal(inside[key], undefined, key);
      assert.equal(inside.version, manifest.version);
      const entry = target === 'web' ? 'browser' : 'main';
      assert.ok(vsix.files.has(`extension/${inside[entry].replace('./', '')}`));
      assert.equal(inside[target === 'web' ? 'main' : 'browser'], undefined);
      assert.deepEqual(inside.contributes.commands, manifest.contributes.commands);
      const runtimeVersion = target === 'darwin-x64' ? '1.23.2' : manifest.dependencies['onnxruntime-node'];
      assert.deepEqual(inside.dependencies, target === 'web' ? undefined : { 'onnxruntime-node': runtimeVersion });
      if (target === 'web') {
        assert.deepEqual(Object.keys(inside.contributes).sort(), ['commands', 'keybindings', 'menus']);
      } else {
        assert.deepEqual(inside.contributes, manifest.contributes);
        for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
          const its = JSON.parse(await vsix.text(`extension/node_modules/${name}/package.json`));
          assert.equal(its.version, runtimeVersion);
          assert.equal(its.scripts, undefined);
        }
      }
    });

    it('names every file that its manifest points to', async () => {
      const inside = await vsix.text('extension/package.json');
      for (const [, name] of inside.matchAll(/"(?:\.\/)?((?:dist|media)\/[\w./-]+)"/g)) {
        assert.ok(vsix.files.has(`extension/${name}`), name);
      }
    });

    it('has no source map, no secret and no path of the machine that built it', async () => {
      // A home such as /root is part of other words.
      const paths = [root, process.env.HOME]
        .filter((each) => each && each.length > 3)
        .map((each) => new RegExp(`(?<![\\w/])${each.replace(/[^\w]/g, '\\$&')}(?![\\w-])`));
      const secret = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bghp_\w{36}|\bnpm_\w{36}|\bAKIA[0-9A-Z]{16}\b/;
      for (const [name, entry] of vsix.files) {
        assert.doesNotMatch(name, /\.(map|ts|py|vsix|env|pem|key)$|(^|\/)(test|tests|\.git|\.npmrc)(\/|$)/);
        const bytes = await entry.read();
        // ONNX Runtime's own binaries name folders of the machines that it was built on.
        const own = !name.startsWith('extension/node_modules/');
        for (const each of own ? paths : []) assert.ok(!each.test(bytes.toString('latin1')), `${name} names ${each}`);
        if (isBinary(name) || /\.(png|safetensors)$/.test(name)) continue;
        const text = bytes.toString('utf8');
        assert.doesNotMatch(text, secret, name);
        if (/^extension\/dist\//.test(name)) assert.doesNotMatch(text, /sourceMappingURL/, name);
      }
    });

    it('has licence, change log, and a page without pictures or links to files that are not there', async () => {
      assert.match(await vsix.text('extension/LICENSE.txt'), /Apache License/);
      assert.match(await vsix.text('extension/changelog.md'), new RegExp(`^## ${manifest.version}`, 'm'));
      const page = await vsix.text('extension/readme.md');
      assert.match(page, /^# Ask BERT/);
      const links = [...page.matchAll(/\]\(([^)]*)\)|(?:src|href)="([^"]*)"/g)].map((link) => link[1] ?? link[2]);
      for (const link of links) {
        assert.match(link, /^(https:|#)/);
        if (link.startsWith('#')) assert.match(page, new RegExp(`^#+ ${link.slice(1).replaceAll('-', '[ -]')}$`, 'im'));
      }
    });

    it(`is smaller than ${ceiling} MB`, () => {
      const packed = [...vsix.files.values()].reduce((sum, each) => sum + each.packed, 0);
      assert.ok(packed < ceiling * 1e6, `${(packed / 1e6).toFixed(2)} MB`);
    });

    it('SBOM and notices name what is inside, and nothing else', async () => {
      const which = target === 'web' ? web : bundles;
      for (const [name, bytes] of which.outputs) {
        assert.ok(bytes.equals(await vsix.files.get(`extension/dist/${name}`).read()), `${name} is not what was built`);
      }
      const inside = new Set(which.packages.map((each) => `${each.name}@${each.version}`));
      for (const name of vsix.files.keys()) {
        const match = /^extension\/(node_modules\/[^/]+)\/package\.json$/.exec(name);
        if (!match) continue;
        const its = JSON.parse(await vsix.text(name));
        inside.add(`${its.name}@${its.version}`);
      }
      if ([...vsix.files.keys()].some((name) => name.startsWith('extension/native/'))) {
        inside.add(`node-addon-api@${manifest.devDependencies['node-addon-api']}`);
      }
      const { components, bomFormat, metadata } = JSON.parse(
        readFileSync(file.replace(/\.vsix$/, '.cdx.json'), 'utf8'),
      );
      assert.equal(bomFormat, 'CycloneDX');
      assert.equal(metadata.component.version, manifest.version);
      const packages = components.filter((each) => each.type === 'library');
      assert.deepEqual(packages.map((each) => `${each.name}@${each.version}`).sort(), [...inside].sort());
      for (const each of packages) {
        assert.match(each.hashes[0].content, /^[\da-f]{128}$/, each.name);
        assert.ok(each.licenses.length > 0 && each.purl.startsWith('pkg:npm/'), each.name);
      }
      if (target === 'web') return;
      assert.equal(components.filter((each) => each.type === 'machine-learning-model').length, 1);
      const notices = await vsix.text('extension/THIRD_PARTY_NOTICES.md');
      for (const each of inside) assert.ok(notices.includes(`\n## ${each.replace(/@(?=[^@]*$)/, ' ')} (`), each);
    });
  });
}

describe('third-party notices', () => {
  it('name nothing that no VSIX holds', async () => {
    const all = (await Promise.all(TARGETS.map(shipped))).flat();
    const titles = new Set(all.map((each) => `${each.name} ${each.version} (${each.license})`));
    // The add-on is built for some platforms only, not necessarily here.
    titles.add(`node-addon-api ${manifest.devDependencies['node-addon-api']} (MIT)`);
    const notices = readFileSync(path.join(root, 'THIRD_PARTY_NOTICES.md'), 'utf8');
    const named = [...notices.matchAll(/^## (.+ \d+\.\d+\.\d+\S* \(.+\))$/gm)].map(([, title]) => title);
    assert.deepEqual([...titles].sort(), named.sort());
  });
});
