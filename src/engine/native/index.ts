export type { NativeBackend } from "./backend.ts";
export { createLlvmBackend, type LlvmBackendParts, type ObjectCache } from "./llvm-backend.ts";
export { NativeRefused, NativeWorld } from "./world.ts";
