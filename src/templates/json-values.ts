/** Whether two JSON values are the same, whatever the order of their members. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every(
      (name) =>
        Object.hasOwn(other, name) &&
        isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
    )
  );
}

/** Whether a list has a JSON value. */
export const holds = (list: readonly unknown[], value: unknown): boolean => list.some((entry) => isSame(entry, value));

/** The values of one list that another one lacks. */
export const beyond = (values: readonly unknown[], list: readonly unknown[]): readonly unknown[] =>
  values.filter((value) => !holds(list, value));
