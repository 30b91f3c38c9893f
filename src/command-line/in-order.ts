/** Works on a few items at a time, and answers the results in the order of the items, of which it never holds more. */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Its failure is told in its turn.
    result.catch(() => undefined);
    underWay.push(result);
    if (underWay.length === atOnce) yield await underWay.shift()!;
  }
  for (const result of underWay) yield await result;
}
