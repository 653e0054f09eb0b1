// Names and literals of textual LLVM IR.
import { utf8Bytes } from "../../base/index.ts";
import type { Immediate, MirType } from "../../ir/mir/index.ts";

/** Sections of objects that the loader knows. */
export const sectionNames = {
  /** Bytes that belong into linear memory. */
  data: ".anneal.data",
  /** The locations that lines of the line table number; see `object/lines.ts`. */
  locations: ".anneal.lines",
  /** The ABI hash. */
  abi: ".anneal.abi",
} as const;

/** A quoted name: `@"fn:main"`. */
export function globalName(name: string): string {
  return `@${quoted(name)}`;
}

/** Text in quotes, everything but plain ASCII as `\hh`. */
export function quoted(text: string): string {
  return `"${escaped(utf8Bytes(text))}"`;
}

/** Bytes as a constant: `c"..."`. */
export function byteConstant(bytes: Uint8Array): string {
  return `c"${escaped(bytes)}"`;
}

const quote = 0x22;
const backslash = 0x5c;

function escaped(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== quote && byte !== backslash;
    out += plain ? String.fromCharCode(byte) : `\\${byte.toString(16).padStart(2, "0")}`;
  }
  return out;
}

const llvmTypes: Readonly<Record<MirType, string>> = {
  i32: "i32",
  i64: "i64",
  f32: "float",
  f64: "double",
  ref: "i32",
  any: "i64",
};

/** The LLVM type that carries values of a MIR type. */
export function llvmType(type: MirType): string {
  return llvmTypes[type];
}

/** The name of a type in names of intrinsics. */
export function intrinsicType(type: MirType): string {
  return type === "ref" ? "i32" : type === "any" ? "i64" : type;
}

/** The result type of a function. */
export function resultType(results: readonly MirType[]): string {
  const [only] = results;
  if (only === undefined) return "void";
  return results.length === 1 ? llvmType(only) : `{ ${results.map(llvmType).join(", ")} }`;
}

const scratch = new DataView(new ArrayBuffer(8));

/** A float constant. LLVM writes singles as the doubles of the same value; NaNs are given by their bits. */
export function floatLiteral(imm: Immediate, type: MirType | null): string {
  if (typeof imm !== "number" && typeof imm !== "bigint") throw new Error("a float has no value");
  const isNan = typeof imm === "bigint" || Number.isNaN(imm);
  if (isNan && type === "f32") {
    return `bitcast (i32 ${typeof imm === "bigint" ? imm : 0x7fc0_0000n} to float)`;
  }
  if (typeof imm === "bigint") scratch.setBigUint64(0, imm);
  else scratch.setFloat64(0, imm);
  if (isNan && typeof imm === "number") scratch.setBigUint64(0, 0x7ff8_0000_0000_0000n);
  return `0x${scratch.getBigUint64(0).toString(16).toUpperCase().padStart(16, "0")}`;
}
