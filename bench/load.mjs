import autocannon from 'autocannon';
import { registration } from './program.mjs';

export const connections = 16;

/** Sends `amount` registrations over 16 connections and waits for every answer. Throws unless each of them is 201. */
export async function load({ url, token }, amount) {
  const milliseconds = [];
  let last;
  const began = performance.now();
  const run = autocannon({
    url,
    amount,
    connections,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: registration,
  });
  // Its own figures are whole milliseconds and whole seconds.
  run.on('response', (_client, _status, _bytes, took) => {
    milliseconds.push(took);
    last = performance.now();
  });
  const { statusCodeStats } = await run;
  const created = statusCodeStats[201]?.count ?? 0;
  if (created !== amount)
    throw new Error(`${created} of ${amount} answers were 201: ${JSON.stringify(statusCodeStats)}`);
  milliseconds.sort((a, b) => a - b);
  const percentile = (share) => milliseconds[Math.ceil(share * milliseconds.length) - 1];
  return { perSecond: amount / ((last - began) / 1000), p50: percentile(0.5), p99: percentile(0.99) };
}
