export { emitObject, type EmitOptions } from "./emit.ts";
export { functionType } from "./scope.ts";
