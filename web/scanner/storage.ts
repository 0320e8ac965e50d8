/** What this device remembers for the door. Where storage is refused, the defaults stand. */
function get(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function set(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Remembered for this page only.
  }
}

export const settings = {
  gate: () => get('tessera.door.gate') ?? '',
  saveGate: (gate: string) => set('tessera.door.gate', gate),
  sound: () => get('tessera.door.sound') !== 'off',
  saveSound: (on: boolean) => set('tessera.door.sound', on ? 'on' : 'off'),
}
