export const english = {}
export type ScannerStrings = typeof english
