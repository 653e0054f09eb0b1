// Modules that import functions, made to import them as values: V8 takes a tenth of a millisecond longer to compile a module with
// imports of functions, however many, than all else about a small one takes (11.3, as in Node 20).
//
// Each import of a function becomes an import of a global and a function that calls what a table of the module's own has
// for it. The functions have the numbers that the imports had, so code stays as it is.
import { sectionIds, type WasmImport, type WasmObject } from "./module.ts";
import { ByteReader } from "./reader.ts";
import { TypeTable, writeForward, writeImport, writeSection } from "./sections.ts";
import { ByteWriter } from "./writer.ts";

const [globalGet, i32Const, callIndirect, end] = [0x23, 0x41, 0x11, 0x0b];
const [funcref, globalImport, immutable] = [0x70, 3, 0];
/** An element segment with an offset and expressions, for the first table. */
const segmentOfExpressions = 4;
const headerSize = 8;
/** Numbers of one byte, also with a sign. */
const mostFunctions = 64;
const { import: imported, function: typed, table, global, element, datacount, code } = sectionIds;

/** A module that imports no functions. */
export interface FunctionValues {
  readonly bytes: Uint8Array;
  /** How much further back its code stands. */
  readonly shift: number;
}

/**
 * Makes such a module. Null if the object imports no functions or more than 64, or has a table, elements or globals of its own, whose
 * numbers would change.
 */
export function withFunctionValues(object: WasmObject): FunctionValues | null {
  const { bytes, sections, imports, types } = object;
  const functions = imports.filter((item) => item.kind === "function");
  const others = imports.filter((item) => item.kind !== "function");
  const inTheWay =
    sections.some(({ id }) => id === table || id === global || id === element) ||
    others.some(({ kind }) => kind === "table");
  if (inTheWay || functions.length === 0 || functions.length > mostFunctions) return null;
  const numbers = functions.map(({ type }) => types.indexOf(type));
  const out = new ByteWriter(2 * bytes.length);
  out.bytes(bytes.subarray(0, headerSize));
  let [copied, shift] = [headerSize, 0];
  let hasElements = false;
  for (const { id, start, end: stop } of sections) {
    const rest = new ByteReader(bytes, start, stop);
    /** The section with more in front of what it has. */
    const extend = (write: () => void): void => {
      writeSection(out, id, () => {
        out.uleb(functions.length + rest.uleb());
        write();
        out.bytes(bytes.subarray(rest.offset, stop));
      });
    };
    if (!hasElements && (id === datacount || id === code)) {
      hasElements = true;
      writeElements(out, others.filter(({ kind }) => kind === "global").length, functions.length);
    }
    if (id === imported) writeSection(out, id, () => writeImports(out, others, functions));
    else if (id === typed) {
      extend(() => numbers.forEach((type) => out.uleb(type)));
      writeSection(out, table, () => writeBytes(out, [1, funcref, 0, functions.length]));
    } else if (id === code) {
      extend(() =>
        functions.forEach(({ type: { params } }, index) =>
          writeForward(out, params.length, () =>
            writeBytes(out, [i32Const, index, callIndirect, numbers[index] ?? 0, 0]),
          ),
        ),
      );
      shift = out.length - stop;
    } else out.bytes(bytes.subarray(copied, stop));
    copied = stop;
  }
  return { bytes: out.finish(), shift };
}

/** Numbers below 128 are bytes. */
function writeBytes(out: ByteWriter, numbers: readonly number[]): void {
  for (const number of numbers) out.uleb(number);
}

function writeImports(
  out: ByteWriter,
  others: readonly WasmImport[],
  functions: readonly WasmImport[],
): void {
  out.uleb(others.length + functions.length);
  for (const item of others) writeImport(out, item, new TypeTable());
  for (const { module, field } of functions) {
    out.text(module);
    out.text(field);
    writeBytes(out, [globalImport, funcref, immutable]);
  }
}

function writeElements(out: ByteWriter, firstGlobal: number, count: number): void {
  writeSection(out, element, () => {
    writeBytes(out, [1, segmentOfExpressions, i32Const, 0, end, count]);
    for (let index = 0; index < count; index += 1)
      writeBytes(out, [globalGet, firstGlobal + index, end]);
  });
}
