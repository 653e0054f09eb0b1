export { openNativeHost, type NativeHost, type NoNativeHost } from "./host.ts";
export type { NativeCallable } from "./koffi.ts";
