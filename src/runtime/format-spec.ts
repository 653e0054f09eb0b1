// Format specs: `[[fill]align][sign][#][0][width][, or _][.precision][type]`, as in Python.

/** Left, right, centred, or padded between sign and digits. */
export type FormatAlign = "<" | ">" | "^" | "=";

/** The letter at the end of a spec. */
export type FormatType =
  | "b"
  | "c"
  | "d"
  | "e"
  | "E"
  | "f"
  | "F"
  | "g"
  | "G"
  | "n"
  | "o"
  | "s"
  | "x"
  | "X"
  | "%";

/** A format spec, taken apart. */
export interface FormatSpec {
  /** One code point. */
  readonly fill: string;
  /** null: `>` for numbers, `<` for text. */
  readonly align: FormatAlign | null;
  readonly sign: "+" | "-" | " ";
  /** `#`: prefixes `0x 0o 0b`, and the point of a float is always there. */
  readonly alternate: boolean;
  /** `0` before the width. */
  readonly zeroPadded: boolean;
  readonly width: number;
  readonly separator: "," | "_" | "";
  readonly precision: number | null;
  readonly type: FormatType | null;
}

const pattern =
  /^(?:(?<fill>.)?(?<align>[<>^=]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>\d{1,4})?(?<separator>[,_])?(?:\.(?<precision>\d{1,4}))?(?<type>[bcdeEfFgGnosxX%])?$/su;

const aligns: Readonly<Record<string, FormatAlign>> = { "<": "<", ">": ">", "^": "^", "=": "=" };
const signs: Readonly<Record<string, "+" | "-" | " ">> = { "+": "+", "-": "-", " ": " " };
const types: Readonly<Record<string, FormatType>> = Object.fromEntries(
  (["b", "c", "d", "e", "E", "f", "F", "g", "G", "n", "o", "s", "x", "X", "%"] as const).map(
    (type) => [type, type],
  ),
);

/** The parts of a format spec, or null if it is not one. Width and precision have four digits at most. */
export function parseFormatSpec(text: string): FormatSpec | null {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return null;
  const { fill, align, sign, alternate, zero, width, separator, precision, type } = groups;
  const zeroPadded = zero !== undefined;
  return {
    fill: fill ?? (zeroPadded ? "0" : " "),
    align: align === undefined ? null : (aligns[align] ?? null),
    sign: sign === undefined ? "-" : (signs[sign] ?? "-"),
    alternate: alternate !== undefined,
    zeroPadded,
    width: Number(width ?? 0),
    separator: separator === "," || separator === "_" ? separator : "",
    precision: precision === undefined ? null : Number(precision),
    type: type === undefined ? null : (types[type] ?? null),
  };
}

/** What a value is for the purpose of formatting. */
export type FormatKind = "int" | "float" | "bool" | "text";

const integerTypes = new Set<FormatType | null>(["b", "c", "d", "o", "x", "X"]);

/** Why a spec cannot format a value of this kind, as a message, or null if it can. */
export function formatSpecProblem(spec: FormatSpec, kind: FormatKind): string | null {
  const { type, separator, precision } = spec;
  if (type === "s" || (kind === "bool" && type === null)) return textProblem(spec);
  if (kind === "text") {
    return type === null ? textProblem(spec) : `format type \`${type}\` takes a number, found text`;
  }
  if (kind === "float" && integerTypes.has(type)) {
    return `format type \`${type}\` takes an integer, found a float`;
  }
  const plainInteger = kind !== "float" && (type === null || type === "n");
  if (precision !== null && (integerTypes.has(type) || plainInteger)) {
    return "a precision takes a float or text, found an integer format";
  }
  if (type === "c" && decorated(spec)) return "format type `c` takes no sign, `#` or separator";
  if (separator === "," && type !== "d" && integerTypes.has(type)) {
    return `separator \`,\` does not go with format type \`${type}\`, use \`_\``;
  }
  return separator !== "" && type === "n" ? "separators do not go with format type `n`" : null;
}

function textProblem(spec: FormatSpec): string | null {
  if (spec.align === "=") return "alignment `=` takes a number, found text";
  return decorated(spec) ? "sign, `#` and separators take a number, found text" : null;
}

function decorated({ sign, alternate, separator }: FormatSpec): boolean {
  return sign !== "-" || alternate || separator !== "";
}
