// Processor time of a process with all that it started, on Linux.
import { readdirSync, readFileSync } from 'node:fs';

/** Seconds in a tick of /proc: a hundredth, whatever the machine. */
const TICK = 0.01;

/** A process and the seconds that it has used itself. */
function processOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // After the program's name, which may have spaces: state, parent, group, session, ... as in `man 5 proc`.
  const [, parent, , session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (field) => Number(rest[field]);
  return {
    pid: Number(pid),
    parent: Number(parent),
    session: Number(session),
    began: ticks(15),
    seconds: (ticks(7) + ticks(8)) * TICK,
  };
}

/**
 * Adds up what a process group and its descendants have used. The kernel gives a parent only the time of children that
 * it waits for, which a browser, a server that is killed, and esbuild's own process are not.
 */
export class ProcessorTime {
  #leader;
  /** Process id and beginning -> seconds, as last seen. */
  #seen = new Map();
  /** Process id -> beginning: those that belong to it. */
  #members = new Map();

  /** @param leader process id of a leader of a session */
  constructor(leader) {
    this.#leader = leader;
  }

  /** Looks at every process: now and then while they run, and once before what is left is killed. */
  sample() {
    const all = [];
    for (const name of linuxProcesses()) {
      try {
        all.push(processOf(name));
      } catch {
        // It has just ended.
      }
    }
    // Parents have lower numbers, except after the numbers begin again: then a child is found the next time.
    for (const { pid, parent, session, began, seconds } of all.sort((a, b) => a.pid - b.pid)) {
      const belongs =
        pid === this.#leader ||
        session === this.#leader ||
        this.#members.get(pid) === began ||
        this.#members.has(parent);
      if (!belongs) continue;
      this.#members.set(pid, began);
      this.#seen.set(`${pid} ${began}`, seconds);
    }
  }

  /**
   * Seconds so far. The larger of two sums that each miss something: processes as they were last seen, and those that were
   * waited for.
   * @param waited seconds that the kernel has for the leader and what it waited for
   */
  seconds(waited) {
    return Math.max(
      waited,
      [...this.#seen.values()].reduce((sum, each) => sum + each, 0),
    );
  }
}

function linuxProcesses() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
