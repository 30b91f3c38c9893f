import { DataSources } from '../../src/data-sources/data-sources.service.js';
import { readTemplate } from '../../src/templates/read-template.js';
import { TemplateStore } from '../../src/templates/template.store.js';
import type { TestApp } from './test-app.js';

type Written = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Saves a template, or the next version of the one that has its id. */
export async function saveTemplate({ app }: TestApp, written: Written): Promise<void> {
  const document = readTemplate(written);
  const store = app.get(TemplateStore);
  const { id, status = 'active' } = document;
  const known = await store.find(id);
  const version = (known?.version ?? 0) + 1;
  const times = { createdAt: 0, updatedAt: 0 };
  await app.get(DataSources).transaction(
    'dynamic',
    async (transaction) => {
      await store.addVersion({ id, version, document, createdAt: 0 }, transaction);
      if (known) await store.change(known, { version, status, updatedAt: 0 }, transaction);
      else await store.add({ id, version, status, ...times }, transaction);
      await store.claim(id, status === 'active' ? (document.default_for ?? []) : [], transaction);
    },
    () => Promise.resolve(true),
  );
}
