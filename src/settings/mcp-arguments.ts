/** The settings as flags of `ask-bert mcp`. Pure. */
import type { Settings } from './settings-table.js';

/** @param cacheFolder where built engines are kept */
export function mcpArguments(settings: Settings, cacheFolder: string): string[] {
  const { engine, precision, modelPath, tensorRtPath, threads } = settings;
  return [
    ...['--engine', engine, '--precision', precision, '--threads', String(threads), '--cache', cacheFolder],
    // Not the model that the command line uses otherwise.
    ...['--model', modelPath || 'embedded'],
    ...(tensorRtPath ? ['--tensorrt', tensorRtPath] : []),
  ];
}
