/** An option or argument that cannot be followed; says what to write instead. */
export class UsageFault extends Error {}

/** The exit codes of all commands. */
export const exitCodes = { done: 0, failed: 1, usage: 2, configuration: 78 } as const;
