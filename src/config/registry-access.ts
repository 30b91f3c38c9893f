import { ConfigurationFault, type Source, written } from './read-environment.js';
import { isLoopbackOrigin, origin, VariableFault, variables } from './variables.js';

/** Where a running program is, and the token that administers it. */
export interface RegistryAccess {
  readonly url: string;
  readonly token: string;
}

/**
 * Reads how the command line reaches the program: at `url`, else at `PUBLIC_URL`, else at `PORT` of this machine.
 * Throws one {@link ConfigurationFault} with all that is wrong.
 */
export function registryAccess(source: Source, url?: string): RegistryAccess {
  const faults: string[] = [];
  const attempt = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof VariableFault)) throw error;
      faults.push(`${name}: ${error.message}`);
      return undefined;
    }
  };
  const port = attempt('PORT', () => variables.get('PORT')!.read(written('PORT', source) ?? '3000') as number);
  const address = attempt(url === undefined ? 'PUBLIC_URL' : '--url', () => {
    const read = origin(url ?? written('PUBLIC_URL', source) ?? `http://localhost:${port ?? 3000}`);
    const isTold = written('REQUIRE_HTTPS_PUBLIC_URL', source) === 'off';
    if (read.startsWith('https:') || isLoopbackOrigin(read) || isTold) return read;
    throw new VariableFault('use https, since the token goes along; REQUIRE_HTTPS_PUBLIC_URL=off allows http');
  });
  const token = attempt('ADMIN_TOKEN', () => {
    const text = written('ADMIN_TOKEN', source);
    if (text !== undefined) return variables.get('ADMIN_TOKEN')!.read(text) as string;
    throw new VariableFault('set it to the token that the first run printed, or to an API key');
  });
  if (faults.length > 0) throw new ConfigurationFault(faults);
  return { url: address!, token: token! };
}
