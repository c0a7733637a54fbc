/** The words of the answers on their pages. */
import type { Marks, PageBox, Rotation } from '../../src/page-view/messages.js';
import { joinedBoxes, type Rect, rectOf, type Size } from './geometry.js';
import type { Mark } from './page-element.js';

export class AnswerMarks {
  #marks: Marks | undefined;
  #boxes: PageBox[][] = [];

  get marks(): Marks | undefined {
    return this.#marks;
  }

  set marks(marks: Marks | undefined) {
    this.#marks = marks;
    this.#boxes = marks ? marks.answers.map(({ boxes }) => joinedBoxes(boxes)) : [];
  }

  /** On one page. The current answer is the last one, over the others. */
  on(page: number, size: Size, rotation: Rotation): Mark[] {
    const current = this.#marks?.current ?? 0;
    const marks = this.#boxes.flatMap((boxes, index): Mark[] => {
      const rects = boxes.filter((box) => box.page === page).map((box) => rectOf(box, size, rotation));
      const grade = this.#marks?.answers[index]?.grade ?? 'guess';
      return rects.length > 0 ? [{ rects, grade, isBest: index === 0, isCurrent: index === current }] : [];
    });
    return marks.sort((a, b) => Number(a.isCurrent) - Number(b.isCurrent));
  }

  /** Where the current answer begins. */
  get target(): { page: number; rect: (size: Size, rotation: Rotation) => Rect } | undefined {
    const [box] = this.#boxes[this.#marks?.current ?? 0] ?? [];
    return box && { page: box.page, rect: (size, rotation) => rectOf(box, size, rotation) };
  }
}
