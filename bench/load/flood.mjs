import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'undici';
import { percentiles } from './figures.mjs';

/** More callers than this at a time would measure this process rather than the server. */
const callers = 10_000;

/**
 * Sends requests at a steady rate for some seconds, more than can be served, unless too many still wait. Answers what
 * became of them: how long those took that were accepted, how many of the others were not told when to come again, and how
 * many seconds after the last was sent all were answered (`drained`).
 */
export async function flood({ base, requests, rate, seconds }) {
  // A connection each, the last one that was used first. A pool would look through all of them for each request.
  const idle = [];
  const statuses = {};
  const accepted = [];
  let [sent, waiting, untold] = [0, 0, 0];
  const began = performance.now();
  for (let passed = 0; passed < seconds; passed = (performance.now() - began) / 1000) {
    for (; sent < passed * rate && waiting < callers; sent += 1) {
      waiting += 1;
      const sentAt = performance.now();
      const caller = idle.pop() ?? new Client(base);
      void answer(caller, requests[sent % requests.length]).then(({ status, retryAfter }) => {
        idle.push(caller);
        waiting -= 1;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status === requests[0].status) accepted.push(performance.now() - sentAt);
        else if (retryAfter === undefined) untold += 1;
      });
    }
    await wait(1);
  }
  const ended = performance.now();
  while (waiting > 0) await wait(10);
  await Promise.all(idle.map((caller) => caller.destroy()));
  const drained = (performance.now() - ended) / 1000;
  return { sent, perSecond: sent / seconds, statuses, untold, drained, ...percentiles(accepted) };
}

/** No more than what has to be known, since this process has a hard time to keep up. */
const answer = (caller, { method, path, headers, body }) =>
  new Promise((resolve) => {
    const told = {};
    caller.dispatch(
      { method, path, headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, answered) {
          Object.assign(told, { status, retryAfter: answered['retry-after'] });
        },
        onResponseData() {},
        onResponseEnd: () => resolve(told),
        onResponseError: (_controller, { code }) => resolve({ status: code }),
      },
    );
  });
