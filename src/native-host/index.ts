export {
  openNativeHost,
  processExit,
  type NativeCallback,
  type NativeHost,
  type NoNativeHost,
} from "./host.ts";
export type { NativeCallable } from "./koffi.ts";
