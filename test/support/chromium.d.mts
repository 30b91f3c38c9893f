export const chromiumPath: string;
export const isChromiumHere: boolean;
