// A piece of a program as plain data: what a device must know besides an object to link and to run it.
import * as v from "valibot";

/** Characters of a name. */
export const longestName = 4096;
const name = v.pipe(v.string(), v.maxLength(longestName));
const text = v.pipe(v.string(), v.maxLength(2 ** 24));
const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array);
const many = 100_000;

function list<const Schema extends v.GenericSchema>(schema: Schema) {
  return v.pipe(v.array(schema), v.maxLength(many));
}

const valueType = v.picklist([
  "i8",
  "i16",
  "i32",
  "i64",
  "u8",
  "u16",
  "u32",
  "u64",
  "f32",
  "f64",
  "bool",
  "ref",
  "any",
]);

/** The layout of the objects of one type. */
export const layoutSchema = v.strictObject({
  id: index,
  kind: v.picklist(["object", "variant", "tuple", "closure"]),
  name,
  fields: list(v.strictObject({ name: v.nullable(name), type: valueType, offset: index })),
  size: index,
  equality: v.picklist(["fields", "identity"]),
  types: v.exactOptional(text),
});

const wasmType = v.picklist(["i32", "i64", "f32", "f64"]);

const functionTypeSchema = v.strictObject({ params: list(wasmType), results: list(wasmType) });

/**
 * A function in a slot. `key` is what the slot goes by: two declarations with one key may stand for each other while code
 * runs. `content` identifies the code, up to the places in the source.
 */
const slotSchema = v.strictObject({ symbol: name, key: name, type: functionTypeSchema });

/** A message about the source, with its place. */
export const diagnosticSchema = v.strictObject({
  severity: v.picklist(["error", "warning"]),
  code: name,
  message: text,
  path: v.optional(name),
  line: v.optional(index),
  column: v.optional(index),
  endLine: v.optional(index),
  endColumn: v.optional(index),
  notes: v.optional(list(text)),
  help: v.optional(text),
  /** The text form, with the source line. */
  rendered: text,
});

const numberingSchema = v.strictObject({ count: index, generation: index, generations: index });

/** An object, and what must be known to link it. */
const codeEntries = {
  object: bytes,
  /** Functions of the object that go into slots. */
  functions: list(v.strictObject({ ...slotSchema.entries, content: name })),
  /** Functions that code of the object calls, or puts into closures, by their slots. */
  uses: list(slotSchema),
  /** Symbols of module-level variables that it refers to. */
  variables: list(name),
  /** Texts of the source that it refers to, behind their symbols. */
  texts: list(v.tuple([name, text])),
  /** Type ids of the objects without fields that it refers to, behind their symbols. */
  singletons: list(v.tuple([name, index])),
} as const;

/** See the head of this file. */
export const pieceSchema = v.strictObject({
  ...codeEntries,
  /** Code of the modules that it imports, by their paths; it is needed when one of its functions is called. */
  modules: list(v.strictObject({ ...codeEntries, name })),
  /** Optimisation of its code. */
  level: v.picklist([0, 1, 2, 3]),
  /** Symbol of the function of the object to run; its i64 result is an exit code. */
  init: name,
  /** Layouts from this one on, by index; the device has those before. */
  layoutStart: index,
  layouts: list(layoutSchema),
  /** Symbols of the variables in force after this piece. */
  inForce: list(name),
  /** Whether it declares anything for later pieces. */
  declares: v.boolean(),
  /** The names that it declares. */
  declared: list(name),
  /** Whether it declares functions and nothing else. */
  functionsOnly: v.boolean(),
  /** Whether code that runs gets the new definitions at its next call. If not, it goes on with its own. */
  live: v.boolean(),
  /** The type of the value, as messages spell it; null if there is none. */
  valueType: v.nullable(text),
  warnings: list(diagnosticSchema),
  /** What to give the server if it has to analyse the piece again. */
  numbering: numberingSchema,
  /** The same for the piece that comes after it. */
  next: numberingSchema,
});

/** A piece of a program for a device. */
export type Piece = v.InferOutput<typeof pieceSchema>;
/** All functions of a piece that go into slots. */
export function functionsOf({ functions, modules }: Piece): Piece["functions"] {
  return modules.length === 0
    ? functions
    : [...functions, ...modules.flatMap((module) => module.functions)];
}

/** A function in a slot. */
export type SlotUse = v.InferOutput<typeof slotSchema>;
/** The layout of the objects of one type. */
export type PieceLayout = v.InferOutput<typeof layoutSchema>;
/** A message about the source, with its place. */
export type PlainDiagnostic = v.InferOutput<typeof diagnosticSchema>;
/** Where the numbers of variables and of changes of types begin for a piece. */
export type Numbering = Piece["numbering"];
