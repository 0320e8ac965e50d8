// eslint-disable-next-line @typescript-eslint/no-explicit-any -- replaced by the generated types
export type Tables = Record<string, any>
