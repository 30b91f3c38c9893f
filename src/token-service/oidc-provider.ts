// First, so that the notice is muted before oidc-provider is loaded.
import { noticeAgain } from './runtime-notice.js';
import Provider, { errors } from 'oidc-provider';

noticeAgain();

export { errors, Provider };
