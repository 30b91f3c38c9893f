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
  newest: page('the newest clients', () => ''),
  middle: page('clients from the middle of the list', () => `created_before=${halfAMonthAgo()}`),
  named: page('clients by template, status and name', () => 'template=default&status=active&name=Wea'),
};
