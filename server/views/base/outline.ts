/** The headings above a place of a document. */
export class Outline {
  #open: { level: number; title: string }[] = [];
  #path: readonly string[] = [];

  /** Titles, outermost first; the same array until the next heading. */
  get path(): readonly string[] {
    return this.#path;
  }

  /** A heading begins: sections that do not contain it are closed. The heading's own path is `path` then. */
  leave(level: number): void {
    const kept = this.#open.filter((heading) => heading.level < level);
    if (kept.length === this.#open.length) return;
    this.#open = kept;
    this.#path = kept.map((heading) => heading.title);
  }

  /** A heading ends; its section begins. */
  enter(level: number, title: string): void {
    this.leave(level);
    if (title === '') return;
    this.#open.push({ level, title });
    this.#path = [...this.#path, title];
  }
}
