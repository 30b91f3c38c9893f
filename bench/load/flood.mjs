import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { percentiles } from './figures.mjs';

/** More callers than this at a time would measure this process rather than the server. */
const callers = 10_000;

/**
 * Sends requests at a steady rate for some seconds, more than can be served, unless too many still wait. Answers what
 * became of them: how long those took that were accepted, how many of the others were not told when to come again, and how
 * many seconds after the last was sent all were answered (`drained`).
 */
export async function flood({ base, requests, rate, seconds }) {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const statuses = {};
  const accepted = [];
  let [sent, waiting, untold] = [0, 0, 0];
  const began = performance.now();
  for (let passed = 0; passed < seconds; passed = (performance.now() - began) / 1000) {
    for (; sent < passed * rate && waiting < callers; sent += 1) {
      waiting += 1;
      const sentAt = performance.now();
      void answer(base, requests[sent % requests.length], agent).then(({ status, retryAfter }) => {
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
  agent.destroy();
  const drained = (performance.now() - ended) / 1000;
  return { sent, perSecond: sent / seconds, statuses, untold, drained, ...percentiles(accepted) };
}

const answer = (base, { method, path, headers, body }, agent) =>
  new Promise((resolve) => {
    request(`${base}${path}`, { method, headers, agent }, (response) => {
      const told = { status: response.statusCode, retryAfter: response.headers['retry-after'] };
      response.resume().once('end', () => resolve(told));
    })
      .once('error', ({ code }) => resolve({ status: code }))
      .end(body);
  });
