/** Polls a process, and reports when it has not answered for several beats. Pure. */
export class Pulse {
  readonly #timer: NodeJS.Timeout;
  #waiting = false;
  #missed = 0;

  /**
   * Beats are counted, not time: a computer that slept, or an editor that was busy, missed them as well.
   * @param ask settles, either way, when the process reacts
   * @param onSilence called once
   */
  constructor(ask: () => Promise<unknown>, onSilence: () => void, everyMs: number, beats = 4) {
    const reacted = () => {
      this.#waiting = false;
      this.#missed = 0;
    };
    this.#timer = setInterval(() => {
      if (!this.#waiting) {
        this.#waiting = true;
        ask().then(reacted, reacted);
      } else if (++this.#missed === beats) {
        this.end();
        onSilence();
      }
    }, everyMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
