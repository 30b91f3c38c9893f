export const galeraLibrary: string;
export const installedEngines: readonly string[];
export const missingEngines: readonly (readonly [string, readonly string[]])[];
export const singleServers: readonly string[];
