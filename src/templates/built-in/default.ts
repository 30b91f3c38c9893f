import { type ClientTemplate, neutral } from '../client-template.js';

/** The template of a caller with a plain initial access token or `dcr` access token: web, native and service clients. */
export const defaultTemplate: ClientTemplate = {
  ...neutral,
  id: 'default',
  version: 1,
  default_for: ['initial_access_token', 'access_token'],
  access: {
    ...neutral.access,
    initial_access_token: true,
    access_token: { by: ['client', 'user'], single_use: true },
  },
};
