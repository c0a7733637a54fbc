// Servers and other programs that test/serving starts, and how they are ended.
import { execFileSync, spawn } from 'node:child_process';

const children = [];

/** What a program printed, as JSON. */
export const printed = (program, ...args) =>
  JSON.parse(
    execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] }),
  );

/** A program with all that it starts: {@link endAll} ends it. */
export function start(program, args, options) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options, detached: true });
  children.push(child);
  return child;
}

/** Starts a server and waits until it serves the model. */
export async function serve(program, args, url, options) {
  const child = start(program, args, options);
  for (let i = 0; i < 720; i++) {
    const ready = await fetch(`${url}/v2/models/ask-bert/ready`).catch(() => undefined);
    if (ready?.ok) return child;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${program} does not serve the model`);
}

export function end(child, signal = 'SIGTERM') {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}

export function endAll() {
  for (const child of children) end(child);
}
