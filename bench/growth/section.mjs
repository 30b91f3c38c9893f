import { range, table } from '../report.mjs';
import { around, engineTitles } from '../sections.mjs';
import { growth, startUp, verdict } from '../targets.mjs';
import { works } from '../works/works.mjs';
import { lists } from './lists.mjs';

const titles = { ...works, ...lists };
const count = (size) => Number(size).toLocaleString('en');

/** What a growing registry costs, by engine: requests a second at each size, and the time that one takes at the largest. */
export const section = (results) =>
  results
    .flatMap((result) => [
      `### ${engineTitles[result.engine]} with so many clients`,
      rates(result),
      starts(result),
      around(result, 'npm run bench:growth'),
    ])
    .join('\n\n');

function rates({ plan, sizes, works: all }) {
  const [connections] = plan.connections;
  const largest = sizes.at(-1);
  const rows = Object.entries(all).map(
    ([
      work,
      {
        loops: { [connections]: bySize },
      },
    ]) => {
      const { share } = bySize[largest];
      const isTarget = ['register', 'read', 'first'].includes(work);
      return [
        titles[work].title,
        ...sizes.map((size) => bySize[size].perSecond.median),
        share ? `${range(share)} ×` : '',
        share && isTarget ? verdict(false, share.median, growth) : '',
      ];
    },
  );
  const header = ['Requests/s', ...sizes.map(count), `time at ${count(largest)}`];
  return table([...header, `at most ${growth.must} ×, aim ${growth.aim} ×`], rows);
}

function starts({ sizes, readySeconds, memory }) {
  const rows = sizes.map((size, at) => [
    count(size),
    range(readySeconds[at]),
    verdict(false, readySeconds[at].median, startUp),
    memory[at],
  ]);
  return table(
    ['Clients', 'Seconds until ready', `at most ${startUp.must}, aim ${startUp.aim}`, 'Most memory MB'],
    rows,
  );
}
