import type { Environment } from '../../config/environment.js';
import { look, type Registry } from '../registry.js';
import type { Examination } from './examination.js';

const sample = /^clientele_credentials_on_old_key\{key="([^"]+)",kind="([^"]+)"\} (\d+)$/gm;

/** How far a rotation of SECRET_KEY is: what still hangs on its older keys. */
export async function checkOldKeys(
  registry: Registry,
  environment: Environment | undefined,
  examination: Examination,
): Promise<void> {
  await examination.look('old keys', async () => {
    const counts = new Map<string, number>();
    for (const [, key, , count] of (await metricsOf(registry, environment)).matchAll(sample))
      counts.set(key!, (counts.get(key!) ?? 0) + Number(count));
    examination.judge('old keys', []);
    for (const [key, count] of counts)
      examination.advise(
        'old keys',
        count === 0
          ? `nothing hangs on the key ${key} any more; take it out of SECRET_KEY`
          : `${count} credentials hang on the key ${key}; keep it in SECRET_KEY until they were used`,
      );
  });
}

async function metricsOf(registry: Registry, environment: Environment | undefined): Promise<string> {
  const { status, text } = await registry.look('/metrics');
  if (status === 200) return text;
  const { OPS_PORT: port } = environment ?? {};
  if (port === undefined) throw new Error(`/metrics answers ${status}; set OPS_PORT as the program has it`);
  return (await look(`http://${new URL(registry.url).hostname}:${port}`, '/metrics')).text;
}
