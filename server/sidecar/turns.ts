/**
 * Which question uses the engine next. Questions wait in lanes, one for each client and document, and give way between
 * two batches: each client gets an equal share of the engine, counted in pieces, and so does each document of a client
 * (self-clocked fair queueing: the batch that would finish first goes first, so that a short question overtakes a long
 * one, and a stream of short ones cannot block a long one forever). In a lane the shortest question goes first, and
 * each is overtaken by at most as many pieces as it has itself.
 */
import { abortReason } from '../errors.js';
import type { GiveWay } from '../reader/request.js';

/** What is known of a question before it is read. */
export interface Asking {
  client: string;
  /** Identity of the document within the client. */
  document: string;
  /** UTF-16 units that it reads. */
  units: number;
  /** Called when it gets its turn, and when it waits for the next one. */
  onTurn?: ((has: boolean) => void) | undefined;
}

/** UTF-16 units of a piece, on average. */
const UNITS_PER_PIECE = 4;
/**
 * Pieces of the first batch of a long question, before the reader says: a window, which is the least. More would make a
 * short question that comes meanwhile wait until the long one has read as much.
 */
const FIRST_BATCH = 384;
/**
 * Questions that have been started hold their pieces and words in memory: together at most those of this many units, or
 * a single question. When the next in order does not fit, no other question is started before it, or short ones that
 * overlap would keep it out forever; those that have been started go on.
 */
const STARTED_UNITS = 16 * 2 ** 20;

/** What a question does between its batches. */
export interface Turn {
  giveWay: GiveWay;
  /**
   * Leaves the engine to others while `work` waits for something else, such as a file.
   * @throws AskBertError the reason of the signal, at once; anything that the work throws
   */
  rest<T>(work: () => Promise<T>): Promise<T>;
}

interface Job {
  readonly lane: Lane;
  readonly units: number;
  /** What the lane had been given when the question arrived. */
  readonly arrival: number;
  /** Pieces in all: an estimate until the reader says. */
  pieces: number;
  /** Pieces read. */
  done: number;
  /** Pieces of the current batch, paid in advance. */
  charged: number;
  started: boolean;
  holds: boolean;
}

interface Waiting {
  readonly job: Job;
  /** Pieces of its next batch. */
  readonly next: number;
  resume(): void;
}

interface Lane {
  readonly client: Client;
  readonly id: string;
  jobs: number;
  /** Virtual time at which all that it was given is paid for. */
  paid: number;
  /** Pieces that it was given. */
  given: number;
  waiting: Waiting[];
}

interface Client {
  readonly id: string;
  paid: number;
  /** Virtual time among its lanes. */
  now: number;
  readonly lanes: Map<string, Lane>;
}

export class Turns {
  readonly #limit: () => number;
  readonly #startedUnits: number;
  readonly #clients = new Map<string, Client>();
  /** Virtual time among the clients. */
  #now = 0;
  #running = 0;
  #waiting = 0;
  /** Of questions that have been started and not ended. */
  #started = { questions: 0, units: 0 };
  /** Was the next in order, and waits for memory. */
  #blocked: Waiting | undefined;

  /** @param limit how many questions the engine takes at once; may change */
  constructor(limit: () => number, startedUnits = STARTED_UNITS) {
    this.#limit = limit;
    this.#startedUnits = startedUnits;
  }

  /**
   * Runs `work` in turns: it has the first one when it begins, and waits for the next one in each `giveWay`.
   * @throws AskBertError the reason of the signal while it waits; anything that the work throws
   */
  async take<T>(asking: Asking, work: (turn: Turn) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const job = this.#enter(asking);
    const begin = async (turn: Promise<void>) => {
      if (job.holds) return turn;
      asking.onTurn?.(false);
      await turn;
      asking.onTurn?.(true);
    };
    const first = () => {
      const turn = this.#wait(job, Math.min(job.pieces, FIRST_BATCH), signal);
      this.#pass();
      return begin(turn);
    };
    const giveWay: GiveWay = async (spent, next, left) => {
      this.#settle(job, spent, left);
      const turn = this.#wait(job, next, signal);
      // In the queue before its turn ends, so that its lane stays in use.
      this.#release(job);
      await begin(turn);
    };
    const rest = async <R>(waiting: () => Promise<R>): Promise<R> => {
      this.#settle(job, 0, job.pieces);
      this.#release(job);
      const result = await untilAborted(waiting(), signal);
      await first();
      return result;
    };
    try {
      await first();
      return await work({ giveWay, rest });
    } finally {
      // Its memory first: who comes next depends on it.
      this.#leave(job);
      if (job.holds) this.#release(job);
      else this.#pass();
    }
  }

  #enter({ client: id, document, units }: Asking): Job {
    let client = this.#clients.get(id);
    if (!client) {
      client = { id, paid: this.#now, now: 0, lanes: new Map() };
      this.#clients.set(id, client);
    }
    let lane = client.lanes.get(document);
    if (!lane) {
      lane = { client, id: document, jobs: 0, paid: client.now, given: 0, waiting: [] };
      client.lanes.set(document, lane);
    }
    lane.jobs++;
    const pieces = Math.max(1, Math.ceil(units / UNITS_PER_PIECE));
    return { lane, units, arrival: lane.given, pieces, done: 0, charged: 0, started: false, holds: false };
  }

  #leave(job: Job): void {
    const { lane } = job;
    const { client } = lane;
    if (job.started) {
      this.#started.questions--;
      this.#started.units -= job.units;
    }
    if (--lane.jobs > 0) return;
    client.lanes.delete(lane.id);
    if (client.lanes.size === 0) this.#clients.delete(client.id);
  }

  /** Joins those that wait for a turn; settles when it has one. */
  #wait(job: Job, next: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(abortReason(signal));
      const { waiting } = job.lane;
      const cancel = () => {
        waiting.splice(waiting.indexOf(entry), 1);
        this.#waiting--;
        if (this.#blocked === entry) this.#blocked = undefined;
        reject(abortReason(signal));
      };
      const entry: Waiting = {
        job,
        next,
        resume: () => {
          signal?.removeEventListener('abort', cancel);
          resolve();
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      waiting.push(entry);
      this.#waiting++;
    });
  }

  /** What a batch really took, and what is left, in pieces. */
  #settle(job: Job, spent: number, left: number): void {
    const { lane } = job;
    const difference = spent - job.charged;
    lane.paid += difference;
    lane.given += difference;
    lane.client.paid += difference;
    job.charged = spent;
    job.done += spent;
    job.pieces = job.done + left;
  }

  #release(job: Job): void {
    if (!job.holds) return;
    job.holds = false;
    this.#running--;
    this.#pass();
  }

  /** Gives the free turns away. */
  #pass(): void {
    while (this.#waiting > 0 && this.#running < this.#limit()) {
      const entry = this.#next();
      if (!entry) return;
      this.#grant(entry);
    }
  }

  #grant(entry: Waiting): void {
    const { job, next } = entry;
    const { lane } = job;
    const { client } = lane;
    lane.waiting.splice(lane.waiting.indexOf(entry), 1);
    this.#waiting--;
    if (this.#blocked === entry) this.#blocked = undefined;
    this.#running++;
    job.holds = true;
    job.charged = next;
    lane.given += next;
    lane.paid += next;
    client.paid += next;
    client.now = Math.max(client.now, lane.paid);
    this.#now = Math.max(this.#now, client.paid);
    if (!job.started) {
      job.started = true;
      this.#started.questions++;
      this.#started.units += job.units;
    }
    entry.resume();
  }

  #next(): Waiting | undefined {
    if (!this.#blocked) {
      const entry = this.#first(() => true);
      if (!entry || this.#fits(entry.job)) return entry;
      this.#blocked = entry;
    }
    const entry = this.#first((each) => each.job.started || (each === this.#blocked && this.#fits(each.job)));
    if (entry || this.#running > 0) return entry;
    // All that have been started wait for files, perhaps forever: the engine does not wait with them.
    return this.#first((each) => this.#fits(each.job));
  }

  /** The first in order of those that may run. */
  #first(mayRun: (entry: Waiting) => boolean): Waiting | undefined {
    return least(this.#clients.values(), (client) => {
      const found = least(client.lanes.values(), (lane) => {
        const first = least(lane.waiting, (each) =>
          mayRun(each) ? { value: each, tag: each.job.arrival + each.job.pieces } : undefined,
        );
        return first && { value: first, tag: lane.paid + first.next };
      });
      return found && { value: found, tag: client.paid + found.next };
    });
  }

  /** Whether there is memory for the question. */
  #fits({ started, units }: Job): boolean {
    return started || this.#started.questions === 0 || this.#started.units + units <= this.#startedUnits;
  }
}

/** Settles with the promise, or fails at once when the signal is aborted: a file may never be read. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(abortReason(signal));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort));
  });
}

/** Of what `tagged` finds in each item, that with the smallest tag; the first of several. */
function least<I, T>(items: Iterable<I>, tagged: (item: I) => { value: T; tag: number } | undefined): T | undefined {
  let best: { value: T; tag: number } | undefined;
  for (const item of items) {
    const found = tagged(item);
    if (found && (!best || found.tag < best.tag)) best = found;
  }
  return best?.value;
}
