export const installedEngines: readonly string[];
export const missingEngines: readonly (readonly [string, string])[];
