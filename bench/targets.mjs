import { engineNames } from './engines.mjs';

const servers = ['mariadb', 'postgres'];

/** What Clientele has to make of what another one makes, on the same machine in the same run: work, engines, against whom. */
export const shares = [
  { work: 'register', engines: servers, against: 'sql', must: 1, aim: 1.5 },
  { work: 'register', engines: ['sqlite'], against: 'memory', must: 0.7, aim: 1 },
  { work: 'register', engines: engineNames, against: 'floor', must: 0.5, aim: 0.7 },
  { work: 'read', engines: servers, against: 'sql', must: 1.3, aim: 2 },
  { work: 'read', engines: ['sqlite'], against: 'memory', must: 0.8, aim: 1.2 },
  { work: 'authenticate', engines: engineNames, against: 'memory', must: 3, aim: 5 },
  { work: 'token', engines: servers, against: 'sql', must: 0.9, aim: 1.2 },
];

/** Milliseconds within which 99 of 100 requests are answered at 70 % of what Clientele can do. */
export const latency = { must: 100, aim: 50 };

/** Megabytes that Clientele has resident at most. */
export const memory = { must: 300, aim: 220 };

/** How many times as long as with a thousand clients a request may take with a million. */
export const growth = { must: 1.5, aim: 1.2 };

/** Seconds from the start of the program until it is ready. */
export const startUp = { must: 3, aim: 1.5 };

/** How many times as much may be in use after half an hour under load as in the beginning: flat, but for what varies. */
export const soak = { must: 1.05, aim: 1.02 };

/** Under ten times what can be served: milliseconds of 99 of 100 accepted requests, and seconds until it is over. */
export const overload = { accepted: { must: 500, aim: 500 }, recovery: { must: 5, aim: 5 } };

/** What is said of a figure that should be at least, or at most, what a target has. */
export const verdict = (isAtLeast, figure, { must, aim }) => {
  const reaches = (target) => (isAtLeast ? figure >= target : figure <= target);
  if (reaches(aim)) return 'aim met';
  return reaches(must) ? 'must met' : '**missed**';
};
