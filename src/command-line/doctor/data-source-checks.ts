import type { DataSourceList, DataSourceView } from '../../data-sources/dto/data-source.dto.js';
import type { Registry } from '../registry.js';
import type { Examination } from './examination.js';

/** Whether each data source answers, is up to date, and keeps what it acknowledged. */
export async function checkDataSources(registry: Registry, examination: Examination): Promise<void> {
  await examination.look('data sources', async () => {
    const { items } = await registry.get<DataSourceList>('/admin/data-sources');
    for (const source of items) examination.judge(`data source ${source.name}`, faultsOf(source));
  });
}

const faultsOf = ({ reachable, fault, pending_migrations = [], unsafe_settings = [] }: DataSourceView): string[] => [
  ...(reachable ? [] : [fault ?? 'it does not answer; start it, or mend its address']),
  ...(pending_migrations.length > 0 ? [`lacks ${pending_migrations.join(', ')}; run npm run migrate`] : []),
  ...unsafe_settings.map(
    ({ setting, value, wanted }) => `${setting} is ${value}, which can lose what was acknowledged; set it to ${wanted}`,
  ),
];
