export * from "./builder.ts";
export * from "./function.ts";
export * from "./opcodes.ts";
