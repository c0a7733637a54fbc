/** The best answer, and the others with at least the probability `least`. @param answers best first */
export const likely = <T extends { probability: number }>(answers: readonly T[], least: number): T[] =>
  answers.filter(({ probability }, index) => index === 0 || probability >= least);
