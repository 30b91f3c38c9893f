import { jest } from '@jest/globals';

/**
 * Many tests measure time, and a machine may stand still for a moment: with `SECOND_TRY=on` a test that failed is run once
 * more at the end of its file. Its failure is printed all the same, and the summary names it.
 */
if (process.env.SECOND_TRY === 'on') jest.retryTimes(1, { logErrorsBeforeRetry: true });
