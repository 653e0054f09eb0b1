// How a program gives an object to a native function, as one integer: the front end writes it beside each such argument, so
// that the host knows without a table. The lowest four bits are the kind; of a function the next are its result, then its
// parameters up to the first 0.
import { scalarTypes } from "./object-layout.ts";

/** A scalar of the language that C has too: all of them. */
export type PassedScalar = (typeof scalarTypes)[number];

/** A scalar that crosses over: integers by their width, signed or unsigned as the program declares them; `ptr` is an address. */
export type LinkedScalar = "bool" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64" | "ptr";
/** A type that crosses over. Of an array a view of the program's elements does, for the time of the call. */
export type LinkedType = LinkedScalar | `[${"i8" | "i16" | "i32" | "f32" | "f64"}]`;

const scalars = {
  bool: ["bool"],
  i8: ["i8", "u8"],
  i16: ["i16", "u16"],
  i32: ["i32", "u32"],
  i64: ["i64", "u64"],
  f32: ["f32"],
  f64: ["f64"],
  // As a number that is handed on; what can be passed as an address has a `Passing`.
  ptr: ["i64", "u64"],
} as const satisfies Readonly<Record<LinkedScalar, readonly PassedScalar[]>>;

const arraysOf = (elements: readonly PassedScalar[]): readonly string[] =>
  elements.map((element) => `[${element}]`);

/** The types of the language, by their names, that stand for a type of C. */
const declarable: Readonly<Record<LinkedType | "unit", readonly string[]>> = {
  ...scalars,
  "[i8]": arraysOf(scalars.i8),
  "[i16]": arraysOf(scalars.i16),
  "[i32]": arraysOf(scalars.i32),
  "[f32]": arraysOf(scalars.f32),
  "[f64]": arraysOf(scalars.f64),
  unit: ["unit"],
};

/** Whether a program may declare a type of C as this type of the language. */
export function isDeclarableAs(type: LinkedType | "unit", declared: string): boolean {
  return declarable[type].includes(declared);
}

/** `array`: the address of its elements; `text`: of a copy with a zero behind it; `function`: of code that calls the closure. */
export type Passing =
  | { readonly kind: "array" }
  | { readonly kind: "text" }
  | {
      readonly kind: "function";
      readonly params: readonly PassedScalar[];
      readonly result: PassedScalar | "unit";
    };

const kinds = ["array", "text", "function"] as const;
/** Of a scalar's code, which is its index and 1: 0 is the end of the parameters, and the result `unit`. */
const bitsOfCode = 4;

/** Parameters of a function that can be passed: the encoding is a positive i64. */
export const mostPassedParameters = 13;

/** Whether a type, by its name, is a scalar that C has too. */
export function isPassedScalar(name: string): name is PassedScalar {
  const known: readonly string[] = scalarTypes;
  return known.includes(name);
}

/** The integer for a way of passing. */
export function encodePassing(passing: Passing): bigint {
  const kind = BigInt(kinds.indexOf(passing.kind));
  if (passing.kind !== "function") return kind;
  const codes = [passing.result, ...passing.params].map((type) =>
    type === "unit" ? 0 : 1 + scalarTypes.indexOf(type),
  );
  return codes.reduce((sum, code, i) => sum | (BigInt(code) << BigInt(bitsOfCode * (i + 1))), kind);
}

/** What an integer of `encodePassing` says. */
export function decodePassing(code: bigint): Passing {
  const at = (index: number): number => Number((code >> BigInt(bitsOfCode * index)) & 15n);
  const kind = kinds[at(0)] ?? "array";
  if (kind !== "function") return { kind };
  const params: PassedScalar[] = [];
  for (let i = 2; i < 2 + mostPassedParameters; i += 1) {
    const param = scalarTypes[at(i) - 1];
    if (param === undefined) break;
    params.push(param);
  }
  return { kind, params, result: scalarTypes[at(1) - 1] ?? "unit" };
}
