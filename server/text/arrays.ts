/**
 * What JavaScript offers by spreading an array into a call, for arrays of any length: arguments stand on the stack,
 * which ends at some 100,000 of them.
 */

/** Adds items to the end of an array. */
export function append<T>(target: T[], items: Iterable<T>): void {
  for (const item of items) target.push(item);
}

/** The largest of some numbers; -Infinity if there are none. */
export function largest(numbers: Iterable<number>): number {
  let found = Number.NEGATIVE_INFINITY;
  for (const each of numbers) found = Math.max(found, each);
  return found;
}

/** The smallest of some numbers; Infinity if there are none. */
export function smallest(numbers: Iterable<number>): number {
  let found = Number.POSITIVE_INFINITY;
  for (const each of numbers) found = Math.min(found, each);
  return found;
}
