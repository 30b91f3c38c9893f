import { keepResult, keptResults, publish } from './report.mjs';

/**
 * Measures on each engine that was chosen with `onEngine`, prints what `section` makes of the results, and ends. The
 * results of a whole run are kept under `kind`, and published in the README under `heading`.
 */
export async function measureEach({ engine, isWhole }, onEngine, { kind, heading = kind, section }) {
  const results = [];
  for (const name of engine) {
    const result = await onEngine(name);
    results.push(result);
    // At once: what has been measured is not lost with what comes after it.
    if (isWhole) {
      keepResult(kind, name, result);
      publish(heading, section(keptResults(kind)));
    }
  }
  process.stdout.write(`${section(results)}\n`);
  process.exit();
}
