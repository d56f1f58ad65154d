/** The part of the global `WebAssembly` that is needed; its full type comes with browsers only. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * The exports of a module that is held as text. Its memory is little-endian, which views of it rely on.
 *
 * @returns undefined where it cannot run: no WebAssembly, no SIMD, a page whose policy forbids it
 */
export function instantiate<Exports>(base64: string): Exports | undefined {
  try {
    const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
    if (!littleEndian) return undefined;
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
    const binary = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Instance(new Module(binary)).exports as Exports;
  } catch {
    return undefined;
  }
}
