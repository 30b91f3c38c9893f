import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { mcpTemplate } from '../../src/templates/built-in/mcp.js';
import { saveTemplate } from '../support/templates.js';
import { send } from '../support/http.js';
import { adminToken, startApp, type TestApp } from '../support/test-app.js';
import { introspect, sendForm } from '../token-service/oauth.js';
import { returned, User } from '../token-service/user.js';

/** An MCP server that lets in who has a token of the program that is meant for it. */
class ToolServer {
  /** Tokens that it takes for expired, whatever they say. */
  readonly ended = new Set<string>();
  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(issuer: string): Promise<ToolServer> {
    const app = express().use(express.json());
    const server = await new Promise<Server>((resolve) => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    const started = new ToolServer(url, server);
    const metadata = new URL('/.well-known/oauth-protected-resource/mcp', url).href;
    app.get('/.well-known/oauth-protected-resource/mcp', (_request, response) => {
      response.json({ resource: url, authorization_servers: [issuer], scopes_supported: ['mcp:tools'] });
    });
    const keys = createRemoteJWKSet(new URL(`${issuer}/oauth/jwks`));
    const verifyAccessToken = async (token: string) => {
      if (started.ended.has(token)) throw new InvalidTokenError('it has expired');
      const { payload } = await jwtVerify(token, keys, { issuer, audience: url, typ: 'at+jwt' }).catch(() => {
        throw new InvalidTokenError('it is not good here');
      });
      const { client_id, scope, exp, sub } = payload as Record<string, any>;
      return { token, clientId: client_id, scopes: scope.split(' '), expiresAt: exp, extra: { sub } };
    };
    const guard = requireBearerAuth({
      verifier: { verifyAccessToken },
      requiredScopes: ['mcp:tools'],
      resourceMetadataUrl: metadata,
    });
    app.all('/mcp', guard, async (request, response) => {
      const tools = new McpServer({ name: 'Weather', version: '1' });
      tools.registerTool('whoami', {}, ({ authInfo }) => ({
        content: [{ type: 'text', text: `${String(authInfo?.extra?.sub)} by ${authInfo?.clientId}` }],
      }));
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
      await tools.connect(transport);
      await transport.handleRequest(request, response, request.body);
    });
    return started;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** An MCP client as its makers write it: it knows the address of the MCP server, and nothing of ours. */
class Editor implements OAuthClientProvider {
  constructor(readonly clientMetadataUrl?: string) {}

  readonly redirectUrl = 'http://127.0.0.1:33418/callback';
  readonly clientMetadata = {
    client_name: 'Editor',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  };
  readonly registrations: string[] = [];
  /** Where it sent the browser. */
  sentTo?: URL;
  given?: OAuthTokens;
  private information?: OAuthClientInformationMixed;
  private verifier = '';

  clientInformation = () => this.information;
  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.information = information;
    this.registrations.push(information.client_id);
  }
  tokens = () => this.given;
  saveTokens = (tokens: OAuthTokens) => void (this.given = tokens);
  redirectToAuthorization = (url: URL) => void (this.sentTo = url);
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
  invalidateCredentials(scope: string): void {
    this.given = undefined;
    if (scope === 'all') this.information = undefined;
  }
}

let program: TestApp;
let tools: ToolServer;
beforeAll(async () => {
  program = await startApp({ SCOPES: 'openid offline_access mcp:tools', METADATA_DOCUMENT_TEMPLATE: 'mcp' });
  await saveTemplate(program, { ...mcpTemplate, status: 'active' });
  tools = await ToolServer.start(program.url);
});
afterAll(async () => {
  await tools.stop();
  await program.close();
});

/** Connects, with the user at the browser where that is needed. Answers what the tool says. */
async function ask(editor: Editor, user: User): Promise<string> {
  const asked = async (): Promise<string> => {
    const transport = new StreamableHTTPClientTransport(new URL(tools.url), { authProvider: editor });
    const client = new Client({ name: 'Editor', version: '1' });
    try {
      await client.connect(transport);
      const { content } = await client.callTool({ name: 'whoami' });
      return (content as { text: string }[])[0]!.text;
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      const { headers } = await user.agree(editor.sentTo!.href);
      const back = new URL(headers.get('location')!);
      await transport.finishAuth(back.searchParams.get('code')!);
      return 'signed in';
    } finally {
      await client.close();
    }
  };
  const said = await asked();
  return said === 'signed in' ? asked() : said;
}

describe('an MCP client that knows nothing but the address of its server', () => {
  const user = () => new User(program, randomUUID());

  it('is known by the address of its document where it has one, and registers nothing', async () => {
    const address = 'https://editor.example/oauth/client-metadata.json';
    const [editor, ada] = [new Editor(address), user()];
    program.documents.set(address, {
      client_id: address,
      client_name: 'Editor',
      client_uri: 'https://editor.example',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      redirect_uris: ['https://editor.example/redirect', 'http://127.0.0.1/', editor.redirectUrl],
      token_endpoint_auth_method: 'none',
    });
    expect(await ask(editor, ada)).toBe(`${ada.accountId} by ${address}`);
    const [first] = [editor.given!];
    tools.ended.add(first.access_token);
    expect(await ask(editor, ada)).toBe(`${ada.accountId} by ${address}`);
    expect(editor.given!.access_token).not.toBe(first.access_token);
    const { body } = await send('GET', `${program.url}/admin/clients`, { token: adminToken });
    expect(body.items).toEqual([]);
  });

  it('registers, has its user sign in, and is let in; and refreshes its token when that has ended', async () => {
    const [editor, ada] = [new Editor(), user()];
    expect(await ask(editor, ada)).toBe(`${ada.accountId} by ${editor.registrations[0]}`);
    const first = editor.given!;
    tools.ended.add(first.access_token);
    editor.sentTo = undefined;
    expect(await ask(editor, ada)).toBe(`${ada.accountId} by ${editor.registrations[0]}`);
    expect(editor.given!.access_token).not.toBe(first.access_token);
    expect(editor.given!.refresh_token).not.toBe(first.refresh_token);
    expect(editor.sentTo).toBeUndefined();
    expect(editor.registrations).toHaveLength(1);
  });

  it('is told by the page of consent that nobody has vouched for it', async () => {
    const [editor, ada] = [new Editor(), user()];
    await ask(editor, ada);
    const { body } = await send('GET', `${program.url}/admin/clients/${editor.registrations[0]}`, {
      token: adminToken,
    });
    expect({ ...body.registrar, verification: body.verification, template: body.template_id }).toEqual({
      type: 'anonymous',
      verification: 'self_asserted',
      template: 'mcp',
    });
  });

  it('ends for all who hold its tokens when one of them is used twice', async () => {
    const [editor, ada] = [new Editor(), user()];
    await ask(editor, ada);
    const { refresh_token = '' } = editor.given!;
    const client = { client_id: editor.registrations[0]! };
    const refreshed = (token: string) =>
      sendForm(`${program.url}/oauth/token`, { grant_type: 'refresh_token', refresh_token: token }, client);
    const { body: second } = await refreshed(refresh_token);
    expect((await introspect(program.url, client, second.access_token)).body.active).toBe(true);
    expect((await refreshed(refresh_token)).body.error).toBe('invalid_grant');
    expect((await refreshed(second.refresh_token)).body.error).toBe('invalid_grant');
    expect((await introspect(program.url, client, second.access_token)).body).toEqual({ active: false });
  });

  it('gets no code without PKCE, and none at an address that it did not register', async () => {
    const [editor, ada] = [new Editor(), user()];
    await ask(editor, ada);
    const { searchParams } = editor.sentTo!;
    const asked = (change: (parameters: URLSearchParams) => void) => {
      const parameters = new URLSearchParams(searchParams);
      change(parameters);
      return ada.visit(`${program.url}/oauth/authorize?${parameters.toString()}`);
    };
    const bare = returned(
      await asked((parameters) => {
        parameters.delete('code_challenge');
        parameters.delete('code_challenge_method');
      }),
    );
    expect(bare).toMatchObject({ error: 'invalid_request' });
    const elsewhere = await asked((parameters) => parameters.set('redirect_uri', 'https://evil.example/'));
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([400, null]);
  });

  it('registers again where its client is no more', async () => {
    const [editor, ada] = [new Editor(), user()];
    await ask(editor, ada);
    const [client] = editor.registrations;
    await send('DELETE', `${program.url}/admin/clients/${client}`, { token: adminToken });
    tools.ended.add(editor.given!.access_token);
    expect(await ask(editor, ada)).toBe(`${ada.accountId} by ${editor.registrations[1]}`);
    expect(editor.registrations).toHaveLength(2);
  });

  it('gets no further with a token for another server', async () => {
    const [editor, ada] = [new Editor(), user()];
    const other = await ToolServer.start(program.url);
    await ask(editor, ada);
    const answer = await send('POST', other.url, { token: editor.given!.access_token, json: {} });
    await other.stop();
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_token']);
  });
});
