// Reads a VSIX, and tells from the first bytes of a binary what it is for.
import { promisify } from 'node:util';
import yauzl from 'yauzl';

const openZip = promisify(yauzl.open);

/** Files of a VSIX: path -> { size, read() }. The archive stays open until `close`. */
export async function openVsix(file) {
  const zip = await openZip(file, { lazyEntries: true, autoClose: false });
  const files = new Map();
  const openEntry = promisify(zip.openReadStream.bind(zip));
  await new Promise((resolve, reject) => {
    zip.once('error', reject).once('end', resolve);
    zip.on('entry', (entry) => {
      if (!entry.fileName.endsWith('/')) files.set(entry.fileName, describe(entry));
      zip.readEntry();
    });
    zip.readEntry();
  });

  function describe(entry) {
    return {
      size: entry.uncompressedSize,
      packed: entry.compressedSize,
      async read() {
        const chunks = [];
        for await (const chunk of await openEntry(entry)) chunks.push(chunk);
        return Buffer.concat(chunks);
      },
    };
  }
  const text = async (name) => (await files.get(name).read()).toString('utf8');
  return { files, text, close: () => zip.close() };
}

/** Platform and architecture of a binary, as VS Code names them; undefined when it is none. */
export function platformOf(bytes) {
  if (bytes.length < 64) return undefined;
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    return { 62: 'linux-x64', 183: 'linux-arm64' }[bytes.readUInt16LE(18)] ?? `ELF machine ${bytes.readUInt16LE(18)}`;
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) {
    const cpu = bytes.readUInt32LE(4);
    return { 16777223: 'darwin-x64', 16777228: 'darwin-arm64' }[cpu] ?? `Mach-O cputype ${cpu}`;
  }
  // A universal binary of macOS would hold the code of another architecture for nothing.
  if (bytes.readUInt32BE(0) === 0xcafebabe) return 'darwin-universal';
  if (bytes.toString('latin1', 0, 2) === 'MZ') {
    const header = bytes.readUInt32LE(60);
    if (header + 6 > bytes.length || bytes.toString('latin1', header, header + 4) !== 'PE\0\0') return 'MZ without PE';
    const machine = bytes.readUInt16LE(header + 4);
    return { 34404: 'win32-x64', 43620: 'win32-arm64' }[machine] ?? `PE machine ${machine.toString(16)}`;
  }
  return undefined;
}

/** Names of ONNX Runtime's library that a binding asks the loader for. */
export function libraryOf(binding) {
  const names = binding.toString('latin1').match(/(?:lib)?onnxruntime(?:\.\d+)*\.(?:dll|dylib|so\.1)/g) ?? [];
  return [...new Set(names)];
}
