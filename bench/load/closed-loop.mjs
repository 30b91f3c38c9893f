import autocannon from 'autocannon';
import { demandStatuses, percentiles } from './figures.mjs';

/** Sends `amount` requests, each connection the next one as soon as the last is answered, and waits for every answer. */
export async function closedLoop({ base, requests, connections, amount }) {
  const milliseconds = [];
  let turn = 0;
  let last;
  const began = performance.now();
  const run = autocannon({
    url: base,
    amount,
    connections,
    timeout: 300,
    // Each connection has clients of its own.
    setupClient: (client) => client.setRequests(share(requests, turn++, connections)),
  });
  // Its own figures are whole milliseconds and whole seconds.
  run.on('response', (_client, _status, _bytes, took) => {
    milliseconds.push(took);
    last = performance.now();
  });
  const { statusCodeStats, errors, timeouts } = await run;
  const counts = Object.entries(statusCodeStats).map(([status, { count }]) => [status, count]);
  const statuses = Object.fromEntries([...counts, ['lost', errors - timeouts], ['not in time', timeouts]]);
  demandStatuses(statuses, amount, requests[0].status);
  return { perSecond: amount / ((last - began) / 1000), ...percentiles(milliseconds) };
}

function share(requests, turn, connections) {
  if (requests.length < connections) return requests;
  const from = (part) => Math.floor((part * requests.length) / connections);
  return requests.slice(from(turn), from(turn + 1));
}
