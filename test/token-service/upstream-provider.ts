import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Provider } from '../../src/token-service/oidc-provider.js';
import { freePort } from '../support/free-port.js';

/** An OpenID provider somewhere else, at which whoever comes is signed in at once as `user`; or says no, without one. */
export interface UpstreamServer {
  readonly issuer: string;
  user: { sub: string; email?: string; email_verified?: boolean } | undefined;
  /** What it was last asked to authorize. */
  asked: URLSearchParams;
  close(): Promise<void>;
}

/** What we are there. */
export const upstreamClient = { client_id: 'clientele', client_secret: 'a secret of the upstream provider' };

/** Starts one, at which the program at `url` is known. */
export async function startUpstream(url: string): Promise<UpstreamServer> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ ...upstreamClient, redirect_uris: [`${url}/oauth/upstream`] }],
    claims: { openid: ['sub', 'auth_time'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    // Browsers do not tell ports of one host apart.
    cookies: { names: { session: 'there', interaction: 'there_interaction', resume: 'there_resume' } },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ ...upstream.user, sub }) }),
  });
  const serve = provider.callback();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
    if (pathname === '/auth') upstream.asked = searchParams;
    void (pathname.startsWith('/interaction/') ? interact(request, response) : serve(request, response));
  });
  const interact = async (request: IncomingMessage, response: ServerResponse) => {
    const { prompt, params } = await provider.interactionDetails(request, response);
    const { user } = upstream;
    if (!user) return provider.interactionFinished(request, response, { error: 'access_denied' });
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: user.sub } });
    const grant = new provider.Grant({ accountId: user.sub, clientId: params.client_id as string });
    grant.addOIDCScope('openid email');
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  };
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  const upstream: UpstreamServer = { issuer, user: undefined, asked: new URLSearchParams(), close };
  return upstream;
}
