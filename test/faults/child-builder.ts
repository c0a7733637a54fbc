/** Builds an engine that is none, in a process of its own: node child-builder.js FOLDER KEY MS NAME [crash]. */
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EngineCache, type EngineIdentity } from '../../server/engine/tensorrt/cache.js';
import { END_MS } from '../unit/helpers/waits.js';

const [folder, key, ms, name, crash] = process.argv.slice(2);
const cache = new EngineCache(folder, { staleMs: END_MS, heartbeatMs: 200, pollMs: 20 });
const log = (what: string) => appendFileSync(path.join(folder, 'log.txt'), `${what} ${name}\n`);

void cache
  .locked(key, undefined, async () => {
    const found = await cache.read(key);
    if ('plan' in found) return log(`found ${Buffer.from(found.plan).toString()} by`);
    log('begin');
    await cache.write(
      key,
      {
        model: 'm',
        precision: 'fp16',
        buckets: [],
        flavour: 'trt10',
        version: '10',
        device: 'X',
      } as unknown as EngineIdentity,
      async (file) => {
        await new Promise((resolve) => setTimeout(resolve, Number(ms)));
        if (crash) process.kill(process.pid, 'SIGKILL');
        writeFileSync(file, name);
        return { networkLayers: 1, attention: true };
      },
    );
    log('end');
  })
  .catch((error) => {
    log(`failed ${error}`);
    process.exit(1);
  });
