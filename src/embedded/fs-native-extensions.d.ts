/** The package ships no types; this is the part of it that lock.ts uses. */
declare module 'fs-native-extensions' {
  /** Kernel lock on the whole file, held by this descriptor; false when another descriptor holds it. */
  export function tryLock(fd: number, options?: { shared?: boolean }): boolean;
}
