export { nativeBackend, NoNativeCode } from "./backend.ts";
export { openCompiler, openNative, type NativeSearch } from "./native-backend.ts";
