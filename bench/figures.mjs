/** The middle, the least and the most of some figures. */
export function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: round((sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2),
    min: round(sorted[0]),
    max: round(sorted.at(-1)),
  };
}

/** Three digits are more than such a measurement can promise. */
export const round = (figure) => Number(figure.toPrecision(3));

/** How long a steady load takes, and how much of it there was no time for. */
export const latencyOf = ({ p99, worst, refused }) =>
  `${p99} ms (at most ${worst})${refused > 0 ? `, ${refused} × 503` : ''}`;
