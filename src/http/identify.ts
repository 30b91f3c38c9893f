import type { Request } from 'express';
import passport from 'passport';

/** A strategy of passport's, and what it tells of a caller through. */
interface Strategy {
  authenticate(request: Request): void;
  success(caller: object): void;
  fail(): void;
  error(error: unknown): void;
}

/** As much of passport as is read here: where it keeps the strategies that were given to it. */
interface Passport {
  _strategy(name: string): Strategy | undefined;
}

/**
 * Whom the first of these strategies of passport that knows the caller takes it for; nobody where none does. What
 * `passport.authenticate` does for strategies that neither redirect nor keep sessions, without what it does for those, which
 * takes longer than all that a strategy of ours has to do. Throws what a strategy does.
 */
export async function identify(strategies: readonly string[], request: Request): Promise<object | undefined> {
  for (const name of strategies) {
    const found = await attempt(name, request);
    if (found) return found;
  }
  return undefined;
}

function attempt(name: string, request: Request): Promise<object | undefined> {
  const registered = (passport as unknown as Passport)._strategy(name);
  if (!registered) throw new Error(`there is no strategy ${name}`);
  return new Promise((known, failed) => {
    const strategy = Object.create(registered) as Strategy;
    strategy.success = (caller: object) => known(caller);
    strategy.fail = () => known(undefined);
    strategy.error = failed;
    strategy.authenticate(request);
  });
}
