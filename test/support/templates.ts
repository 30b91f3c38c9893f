import { send } from './http.js';
import { adminToken, type TestApp } from './test-app.js';

type Written = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Saves a template, or the next version of the one that has its id. */
export async function saveTemplate({ url }: Pick<TestApp, 'url'>, template: Written): Promise<void> {
  const saving = { token: adminToken, json: template };
  const made = await send('POST', `${url}/admin/templates`, saving);
  const { status, text } =
    made.status === 409 ? await send('PUT', `${url}/admin/templates/${template.id}`, saving) : made;
  if (status >= 300) throw new Error(text);
}
