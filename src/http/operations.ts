/** Whether a path is one of the probes and metrics, which machines call all the time. */
export const isOperation = (path: string): boolean => /^\/(health|metrics)(\/|$)/.test(path);
