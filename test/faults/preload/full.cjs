// Preloaded where no small disk can be mounted: nothing more can be written below ASKBERT_FULL.
const fs = require('node:fs');
const path = require('node:path');

const folder = process.env.ASKBERT_FULL && path.resolve(process.env.ASKBERT_FULL) + path.sep;
const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
const inside = (file) => typeof file === 'string' && path.resolve(file).startsWith(folder);

if (folder) {
  const files = new Set();
  const { openSync, writeSync, writeFileSync } = fs;
  fs.openSync = (file, ...rest) => {
    const fd = openSync(file, ...rest);
    if (inside(file)) files.add(fd);
    else files.delete(fd);
    return fd;
  };
  fs.writeSync = (fd, ...rest) => {
    if (files.has(fd)) throw full();
    return writeSync(fd, ...rest);
  };
  fs.writeFileSync = (file, ...rest) => {
    if (inside(file)) throw full();
    return writeFileSync(file, ...rest);
  };
  const { open, writeFile } = fs.promises;
  fs.promises.writeFile = async (file, ...rest) => {
    if (inside(file)) throw full();
    return writeFile(file, ...rest);
  };
  fs.promises.open = async (file, ...rest) => {
    const handle = await open(file, ...rest);
    if (inside(file)) handle.writeFile = handle.write = async () => { throw full(); };
    return handle;
  };
}
