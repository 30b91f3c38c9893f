import { bearer } from '../works/requests.mjs';

const page = (title, query) => ({
  title,
  requests: ({ adminToken }) => [
    { method: 'GET', path: `/admin/clients?${query()}`, headers: bearer(adminToken), status: 200 },
  ],
  leaves: {},
});

const halfAMonthAgo = () => Math.floor(Date.now() / 1000) - 15 * 86_400;

/** Pages of 50 clients that administrators look at. */
export const lists = {
  first: page('the first page of clients', () => ''),
  middle: page('a page from the middle of the list', () => `created_after=${halfAMonthAgo()}`),
  named: page('a page by template, status and name', () => 'template=default&status=active&name=Wea'),
};
