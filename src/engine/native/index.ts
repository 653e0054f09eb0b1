export { AutoBackend } from "./auto-backend.ts";
export type { NativeBackend } from "./backend.ts";
export type { NativeCallee, NativeSignature } from "./callee.ts";
export { createLlvmBackend, type LlvmBackendParts } from "./llvm-backend.ts";
export { NativeProfile, type SampleFigures } from "./profile.ts";
export type { NativeScope } from "./names.ts";
export { TierCallees } from "./tier-callees.ts";
export {
  NativeRefused,
  NativeWorld,
  type NativeApplication,
  type NativeEnvironment,
} from "./world.ts";
