// The package for browsers in the worker of a real VS Code that loads extensions without a process: its command explains.
import { createReadStream, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { openVsix } from '../package/vsix.mjs';
import { Stage } from './stage.mjs';

/** Serves a folder on the loopback address, to a page of another port. */
async function serve(folder) {
  const types = { '.js': 'text/javascript', '.json': 'application/json' };
  const server = createServer((request, response) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url, 'http://x').pathname));
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (!file.startsWith(folder) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('Content-Type', types[path.extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { authority: `127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Text of the message that the command gives. */
export async function explainsInBrowser(file) {
  const stage = new Stage();
  let web;
  try {
    const unpacked = path.join(stage.profile.folder, 'web');
    const vsix = await openVsix(file);
    for (const [name, entry] of vsix.files) {
      mkdirSync(path.dirname(path.join(unpacked, name)), { recursive: true });
      writeFileSync(path.join(unpacked, name), await entry.read());
    }
    vsix.close();
    web = await serve(unpacked);
    await stage.open({ page: { bypassCSP: true } });
    const { workbench, server, profile } = stage;
    const extension = { scheme: 'http', authority: web.authority, path: '/extension' };
    await workbench.bootWith({ developmentOptions: { extensions: [extension] } });
    await workbench.open(server, profile.folder);
    await workbench.command('Ask BERT: Show Log');
    const toast = workbench.page.locator('.notification-toast', { hasText: 'Ask BERT' }).first();
    await toast.waitFor();
    return await toast.innerText();
  } finally {
    web?.close();
    await stage.close();
  }
}
