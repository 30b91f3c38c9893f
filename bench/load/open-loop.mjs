import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { demandStatuses, percentiles } from './figures.mjs';

/**
 * Sends `amount` requests at a steady rate, whether or not the earlier ones are answered. Each is timed from the moment
 * when it was due, so that a server which stalls does not get away with the requests that had to wait for it. What is
 * refused for want of time (503) is counted apart.
 */
export async function openLoop({ base, requests, rate, amount }) {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256 });
  const statuses = {};
  const milliseconds = [];
  const answers = [];
  const began = performance.now();
  for (let sent = 0; sent < amount;) {
    const due = Math.min(amount, Math.floor(((performance.now() - began) / 1000) * rate) + 1);
    for (; sent < due; sent += 1) {
      const dueAt = began + (sent / rate) * 1000;
      answers.push(
        answer(base, requests[sent % requests.length], agent).then((status) => {
          if (status !== refusal) milliseconds.push(performance.now() - dueAt);
          statuses[status] = (statuses[status] ?? 0) + 1;
        }),
      );
    }
    await wait(1);
  }
  await Promise.all(answers);
  agent.destroy();
  const refused = statuses[refusal] ?? 0;
  delete statuses[refusal];
  demandStatuses(statuses, amount - refused, requests[0].status);
  return { perSecond: amount / ((performance.now() - began) / 1000), refused, ...percentiles(milliseconds) };
}

const refusal = 503;

const answer = (base, { method, path, headers, body }, agent) =>
  new Promise((resolve) => {
    request(`${base}${path}`, { method, headers, agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    })
      .once('error', ({ code }) => resolve(code))
      .end(body);
  });
