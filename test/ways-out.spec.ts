import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';

const held = ['no-restricted-imports', 'no-restricted-globals', 'no-restricted-syntax'];

/** What the linter of this project says of such a line in a file, by the rules about imports and globals. */
async function faultsIn(file: string, line: string): Promise<readonly string[]> {
  const { rules } = (await new ESLint().calculateConfigForFile(file)) as { readonly rules?: Linter.RulesRecord };
  const chosen = Object.fromEntries(held.map((name) => [name, rules?.[name] ?? 'off']));
  const config = { languageOptions: { parser: tseslint.parser as Linter.Parser }, rules: chosen, files: ['**/*.ts'] };
  return new Linter().verify(line, [config], { filename: file }).map(({ message }) => message);
}

const everywhere = [
  'src/dynamic-clients/registration.service.ts',
  'src/config/environment.ts',
  'src/data-sources/leases.ts',
  'src/trusted-issuers/trusted-issuers.service.ts',
  'src/database/schema.ts',
  'src/main.ts',
  'src/clock.ts',
];

const waysOut = [
  "import { request } from 'node:http';",
  "import { get } from 'http';",
  "import http from 'node:http';",
  "import * as http from 'node:http';",
  "import { request } from 'node:https';",
  "import 'node:http2';",
  "import { connect } from 'node:net';",
  "import { Socket } from 'node:net';",
  "import net from 'net';",
  "import { connect } from 'node:tls';",
  "import { createSocket } from 'node:dgram';",
  "import { exec } from 'node:child_process';",
  "import axios from 'axios';",
  'await fetch(address);',
  'await globalThis.fetch(address);',
  "await global['fetch'](address);",
  'new WebSocket(address);',
  "await import('node:https');",
];

const ofTheFetcher = [
  "import { request } from 'undici';",
  "import { Client } from 'undici';",
  "import { lookup } from 'node:dns/promises';",
  "import dns from 'dns';",
];

describe('a way out', () => {
  it.each([...waysOut, ...ofTheFetcher])('is nowhere but in the guarded fetcher: %s', async (line) => {
    for (const file of everywhere) expect([file, await faultsIn(file, line)]).not.toEqual([file, []]);
  });

  it.each([
    ...waysOut,
    "import { request } from 'undici';",
    "import { fetch } from 'undici';",
    "import { Agent } from 'undici';",
    "import { EnvHttpProxyAgent } from 'undici';",
    "import undici from 'undici';",
    "import { reverse } from 'node:dns/promises';",
  ])('is not in the guarded fetcher either, where it is pinned to no address: %s', async (line) => {
    expect(await faultsIn('src/fetching/guarded-fetcher.ts', line)).not.toEqual([]);
  });

  it('is a line of its own there', async () => {
    const needed = "import { Client, errors } from 'undici'; import { Resolver } from 'node:dns/promises';";
    expect(await faultsIn('src/fetching/dialer.ts', needed)).toEqual([]);
  });
});
