// A real VS Code for a test runner: profile, server and browser, put away in the end whatever happens.
import { writeFileSync } from 'node:fs';
import { Profile, startServer } from '../../scripts/code-server.mjs';
import { openBrowser, Workbench } from './workbench.mjs';

export class Stage {
  profile = new Profile();

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => this.close().then(() => process.exit(130)));
    }
  }

  /** Starts server and browser; `workbench` is ready to open a folder. */
  async open({ environment, page, trust } = {}) {
    this.server = await startServer(this.profile, { environment, trust });
    this.chrome = await openBrowser();
    this.workbench = await Workbench.create(this.chrome, page);
  }

  /** What VS Code and the extension said, for the search of a failure. */
  saveLogs(file) {
    const { profile, workbench, server } = this;
    const logs = [
      profile.log(/remoteexthost\.log$/),
      profile.log(/Ask BERT\.log$/),
      ...workbench.console,
      server.output(),
    ];
    writeFileSync(file, logs.join('\n'));
  }

  async close() {
    await this.chrome?.close().catch(() => {});
    await this.server?.stop();
    this.profile.remove();
  }
}
