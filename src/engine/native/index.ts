export type { NativeBackend } from "./backend.ts";
export { createLlvmBackend, type LlvmBackendParts, type ObjectCache } from "./llvm-backend.ts";
export { NativeWorld } from "./world.ts";
