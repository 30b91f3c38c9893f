/** Throws unless there are as many answers as requests, all with one status. */
export function demandStatuses(statuses, amount, wanted) {
  const others = Object.keys(statuses).some((status) => status !== String(wanted) && statuses[status] > 0);
  if ((statuses[wanted] ?? 0) !== amount || others)
    throw new Error(`${statuses[wanted] ?? 0} of ${amount} answers were ${wanted}: ${JSON.stringify(statuses)}`);
}

/** The middle and the worst of a hundred. */
export function percentiles(milliseconds) {
  const sorted = milliseconds.sort((a, b) => a - b);
  const percentile = (share) => sorted[Math.ceil(share * sorted.length) - 1];
  return { p50: percentile(0.5), p99: percentile(0.99) };
}
