import { keepResult, keptResults, publish } from './report.mjs';

/**
 * Measures on each engine that was chosen with `onEngine`, prints what `section` makes of the results, and ends. The
 * results of a whole run are kept under `kind`, and published in the README under `heading`.
 */
export async function measureEach({ engine, isWhole }, onEngine, { kind, heading = kind, section }) {
  const results = [];
  for (const name of engine) results.push(await onEngine(name));
  process.stdout.write(`${section(results)}\n`);
  if (isWhole) {
    for (const result of results) keepResult(kind, result.engine, result);
    publish(heading, section(keptResults(kind)));
  }
  process.exit();
}
