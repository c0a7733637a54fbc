/** Where the client of `sidecar.js` is: the arguments that language clients give. */

export type Place =
  | { kind: 'ipc' }
  | { kind: 'stdio' }
  | { kind: 'pipe'; name: string }
  | { kind: 'socket'; port: number };

/**
 * Arguments that are none of these are left alone: clients add some of their own (`--clientProcessId=N`).
 * @param args `process.argv` without Node and the module
 * @param hasIpc whether Node's IPC channel is there
 * @returns undefined: no argument says where the client is
 */
export function placeOf(args: readonly string[], hasIpc: boolean): Place | undefined {
  for (const [i, arg] of args.entries()) {
    if (arg === '--stdio') return { kind: 'stdio' };
    if (arg === '--node-ipc') return { kind: 'ipc' };
    const [, kind, given] = /^--(pipe|socket)(?:=(.*))?$/s.exec(arg) ?? [];
    const value = given ?? args[i + 1] ?? '';
    if (kind === 'pipe' && value !== '') return { kind, name: value };
    if (kind === 'socket' && /^\d{1,5}$/.test(value) && Number(value) < 65_536) return { kind, port: Number(value) };
  }
  return hasIpc ? { kind: 'ipc' } : undefined;
}
