// Modules that were not made here, taken apart: what they hold, and units of some of their functions. Each definition
// keeps its name as what others call; the code of a function has a name of its own, so that it can be replaced.

/** A type as a caller must know it. */
export type LlvmValueType =
  | { readonly kind: "void" | "float" | "double" | "pointer" }
  | { readonly kind: "integer"; readonly bits: number }
  /** Vectors, structs, wide floats: `text` is how LLVM writes it. */
  | { readonly kind: "other"; readonly text: string };

/** A parameter or a result. */
export interface LlvmParameter {
  readonly type: LlvmValueType;
  /** How the caller (the function, of its result) widens a small integer. */
  readonly extension: "sign" | "zero" | "none";
  /** A pointer that stands for a value: a struct given by value or returned in memory. */
  readonly indirect: boolean;
}

/** Who wins where a name has several definitions, and whether this one is known to be the one that counts. */
export type LlvmStrength = "strong" | "weak" | "interposable";

/** A function of a module. */
export interface LlvmFunctionPart {
  readonly name: string;
  readonly defined: boolean;
  readonly strength: LlvmStrength;
  readonly result: LlvmParameter;
  readonly parameters: readonly LlvmParameter[];
  readonly variadic: boolean;
  /** Basic blocks; 0 if it is not defined. */
  readonly blocks: number;
  readonly loops: boolean;
  /** Whether there are addresses of its blocks in tables, which therefore are a part of its code. */
  readonly labels: boolean;
  /** Functions of the module whose code names it. */
  readonly users: readonly string[];
}

/** A variable of a module. */
export interface LlvmVariablePart {
  readonly name: string;
  readonly defined: boolean;
  readonly strength: LlvmStrength;
}

/** What a module holds. */
export interface LlvmModuleParts {
  /** Empty if the module does not say what it was made for. */
  readonly triple: string;
  /** As LLVM writes it; empty if the module does not say. */
  readonly dataLayout: string;
  /** Without intrinsics. */
  readonly functions: readonly LlvmFunctionPart[];
  readonly variables: readonly LlvmVariablePart[];
  /** Second names, with what they stand for. */
  readonly aliases: readonly { readonly name: string; readonly target: string }[];
  /** Functions without parameters that must run before all others, in order, and when the module goes. */
  readonly initializers: readonly string[];
  readonly finalizers: readonly string[];
}

/** What the names of a module become that only the module itself knows. */
export interface LlvmSeparation {
  /** For functions and variables that other modules cannot see. */
  readonly local: (name: string) => string;
  /** Instead of `__dso_handle`. */
  readonly handle: string;
}

/** Which functions of a separated module make a unit, and how. */
export interface LlvmUnit {
  /** Their code gets the names `llvmPartNames.code(NAME)`. */
  readonly functions: readonly string[];
  /** Functions whose code may be copied into that of the unit. */
  readonly inlined: readonly string[];
  /** Calls inside of the unit go to its own code instead of the names that can be replaced. */
  readonly direct: boolean;
  /** Entries count down `llvmPartNames.calls(NAME)`, loops `llvmPartNames.loops(NAME)`. */
  readonly counted: boolean;
}

/** Names of what a unit defines and uses. */
export const llvmPartNames = {
  code: (name: string): string => `code:${name}`,
  /** An i64: how many more calls there may be until `hot` is called, with its address. */
  calls: (name: string): string => `calls:${name}`,
  /** The same for iterations of the function's loops. */
  loops: (name: string): string => `loops:${name}`,
  /** A table of addresses of a function's blocks, which each unit with the function has for itself. */
  labels: (name: string, index: number): string => `labels:${index}:${name}`,
  /** `void (i64 *)` with the convention `preserve_most`. */
  hot: "anneal:hot",
} as const;

/** The function that a table of addresses of blocks belongs to; undefined for other variables. */
export function labelsOwner(name: string): string | undefined {
  return /^labels:\d+:(.*)$/s.exec(name)?.[1];
}
