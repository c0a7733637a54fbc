/** Contents of `askBert/info` and `ask-bert info`: this process and what its session has loaded. */
import type { Info } from './protocol.js';

/** @param loaded model, engine and the reasons for it, as currently loaded */
export function processInfo(
  version: string,
  loaded: { model: Info['model']; engine: Info['engine']; choice: readonly string[] },
  questionsAnswered: number,
): Info {
  return {
    version,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    pid: process.pid,
    residentBytes: process.memoryUsage.rss(),
    model: loaded.model,
    engine: loaded.engine,
    choice: [...loaded.choice],
    questionsAnswered,
  };
}
