import { isLoopbackOrigin } from '../../config/variables.js';
import { look, type Look, type Registry } from '../registry.js';
import type { Examination } from './examination.js';

const metadata = '/.well-known/oauth-authorization-server';

/** A difference that the rounding of the header and a slow answer do not explain. */
const mostSeconds = 5;

/** Whether the program answers, with which clock, and at the addresses that it hands out. */
export async function checkProgram(registry: Registry, isNamed: boolean, examination: Examination): Promise<boolean> {
  let seen: Look | undefined;
  await examination.look('program', async () => {
    seen = await registry.look(metadata);
    const ready = await registry.look('/health/ready');
    const why = ready.document?.error_description;
    examination.judge(
      'program',
      seen.document === undefined
        ? [`what answers at ${registry.url} is not Clientele`]
        : ready.status === 503
          ? [`is not ready: ${String(why)}`]
          : [],
    );
  });
  if (!seen?.document) return false;
  checkClock(seen, examination);
  if (seen.status === 200) await checkIssuer(seen.document, registry.url, isNamed, examination);
  return true;
}

function checkClock({ date }: Look, examination: Examination): void {
  const behind = Math.round((Date.now() - Date.parse(date ?? '')) / 1000);
  const isOff = Math.abs(behind) > mostSeconds;
  const how = behind > 0 ? 'behind' : 'ahead of';
  examination.judge(
    'clock',
    isOff ? [`that of the program is ${Math.abs(behind)} s ${how} the one here; keep both right by NTP`] : [],
  );
}

async function checkIssuer(
  { issuer, registration_endpoint }: NonNullable<Look['document']>,
  url: string,
  isNamed: boolean,
  examination: Examination,
): Promise<void> {
  const base = String(registration_endpoint).replace(/\/register$/, '');
  await examination.look('addresses', async () => {
    // Whoever names an address may well come by another way than clients do.
    const isElsewhere = base !== url && !isNamed;
    if (base !== url && isNamed) await look(base, metadata);
    examination.judge(
      'addresses',
      isElsewhere
        ? [`the program hands out addresses at ${base}, not at ${url}; set PUBLIC_URL alike here and there`]
        : [],
    );
  });
  await examination.look('issuer', async () => examination.judge('issuer', await issuerFaults(String(issuer))));
}

async function issuerFaults(issuer: string): Promise<string[]> {
  if (!issuer.startsWith('https:') && !isLoopbackOrigin(issuer)) return [`${issuer} has to use https`];
  // OpenID Connect Discovery 1.0 section 4.1 puts it behind the issuer, RFC 8414 section 3.1 in between.
  const { origin, pathname } = new URL(issuer);
  const addresses: [string, string][] = [
    [issuer.replace(/\/$/, ''), '/.well-known/openid-configuration'],
    [origin, `${metadata}${pathname === '/' ? '' : pathname}`],
  ];
  for (const [base, path] of addresses) {
    const { document } = await look(base, path);
    if (document?.issuer === issuer) return [];
  }
  return [`${issuer} does not publish metadata that name it as the issuer; clients refuse such a server`];
}
