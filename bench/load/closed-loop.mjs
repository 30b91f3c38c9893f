import autocannon from 'autocannon';
import { demandStatuses, percentiles } from './figures.mjs';

/**
 * Sends `amount` requests, each connection the next one as soon as the last is answered, and waits for every answer. Each
 * connection has an order of its own; with `apart` it has a part of the list to itself.
 */
export async function closedLoop({ base, requests, connections, amount, apart }) {
  const list = apart ? share : inOrderOf;
  const milliseconds = [];
  let turn = 0;
  let last;
  const began = performance.now();
  const run = autocannon({
    url: base,
    amount,
    connections,
    timeout: 300,
    setupClient: (client) => client.setRequests(list(requests, turn++, connections)),
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

const share = (requests, turn, connections) => requests.filter((_, at) => at % connections === turn);

/**
 * The list in another order for each connection: in one and the same they come to ask for the same at the same time, and
 * for the rest so late that a peer has forgotten it. Every odd step comes by all of a list as long as a power of two.
 */
const inOrderOf = (requests, turn) => requests.map((_, at) => requests[(at * (2 * turn + 1) + turn) % requests.length]);
