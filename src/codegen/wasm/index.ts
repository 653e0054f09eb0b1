export { emitObject, type EmitOptions } from "./emit.ts";
