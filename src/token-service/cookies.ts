import type { Configuration } from 'oidc-provider';

/**
 * The names of cookies. Over https browsers take these from this very host only, so that no other host of the domain can
 * have a user signed in as somebody else (RFC 6265bis section 4.1.3).
 */
export function cookieNames(publicUrl: string): NonNullable<Configuration['cookies']>['names'] {
  const isSecure = publicUrl.startsWith('https:');
  const [host, path] = isSecure ? ['__Host-', '__Secure-'] : ['_', '_'];
  return { session: `${host}session`, interaction: `${path}interaction`, resume: `${path}interaction_resume` };
}
