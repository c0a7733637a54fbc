/** A small server of KServe v2 with the tiny model, in a process of its own that a test can kill. */
import { KServe } from '../unit/engine/kserve-server.js';

const server = new KServe();
void server.open().then((url) => process.send?.(url));
// Without the test there is nobody to serve.
process.once('disconnect', () => process.exit());
