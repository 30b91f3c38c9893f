import { parseArgs } from 'node:util';

/**
 * What can be chosen with `--<name> <one or several, separated by commas>`; all, unless it is. A result is
 * `isWhole`, and kept, when nothing of an engine is left out.
 */
export function chosen(choices, more = {}) {
  const options = Object.fromEntries(Object.keys(choices).map((name) => [name, { type: 'string' }]));
  const { values } = parseArgs({ options: { ...options, ...more, quick: { type: 'boolean', default: false } } });
  const picked = Object.entries(choices).map(([name, all]) => {
    const asked = values[name]?.split(',') ?? all;
    const unknown = asked.find((one) => !all.includes(one));
    if (unknown !== undefined) throw new Error(`--${name} can be ${all.join(', ')}, not ${unknown}`);
    return [name, asked];
  });
  const isWhole =
    !values.quick && Object.keys(choices).every((name) => name === 'engine' || values[name] === undefined);
  return { ...values, ...Object.fromEntries(picked), isWhole };
}
