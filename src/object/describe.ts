// What an object defines, needs and carries, as text.
import { formatSignature, sectionIds, type WasmImport, type WasmObject } from "./module.ts";
import type { LineTable } from "./lines.ts";
import { parseObject } from "./parse.ts";

/** A listing of an object; throws `ObjectError` if it is not well formed. */
export function describeObject(bytes: Uint8Array): string {
  const object = parseObject(bytes);
  return [
    `object ${object.names?.module ?? "without a name"}, ${bytes.length} bytes`,
    ...group("abi", object.abi === null ? [] : [object.abi.hash]),
    ...group("placed", describePlacement(object)),
    ...group(
      "imports",
      object.imports.map((item) => describeImport(item, object)),
    ),
    ...group("exports", describeExports(object)),
    ...group("sections", describeSections(object)),
    ...group("lines", object.lines === null ? [] : describeLines(object.lines)),
    "",
  ].join("\n");
}

function group(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function describePlacement(object: WasmObject): string[] {
  if (object.dylink === null) return [];
  const { memorySize, memoryAlign, tableSize, needed } = object.dylink;
  const lines: string[] = [];
  if (memorySize > 0) lines.push(`${memorySize} bytes of data, aligned to ${2 ** memoryAlign}`);
  if (tableSize > 0) lines.push(`${tableSize} table elements`);
  for (const name of needed) lines.push(`needs ${name}`);
  return lines;
}

/** Imports are the relocations of a wasm object: `slot`, `address` and `host` name what they resolve to. */
function describeImport(item: WasmImport, object: WasmObject): string {
  if (item.module === "GOT.func") {
    const use = object.abi?.slots.find((slot) => slot.symbol === item.field);
    return `slot ${item.field}${use === undefined ? "" : formatSignature(use.type)}`;
  }
  if (item.module === "GOT.mem") return `address ${item.field}`;
  if (item.kind === "function") return `host ${item.field}${formatSignature(item.type)}`;
  return `${item.kind} ${item.field}`;
}

function describeExports(object: WasmObject): string[] {
  return object.exports.map((item) => {
    const type = item.kind === "function" ? object.functions[item.index] : undefined;
    const body = object.bodies[item.index - object.importedFunctions];
    const size = body === undefined ? "" : `, ${body.end - body.start} bytes`;
    return type === undefined
      ? `${item.kind} ${item.name}`
      : `function ${item.name}${formatSignature(type)}${size}`;
  });
}

function describeSections(object: WasmObject): string[] {
  return object.sections.map(({ id, name, start, end }) => {
    const kind = id === sectionIds.custom ? "custom " : "";
    return `${kind}${name}, ${end - start} bytes`;
  });
}

function describeLines(lines: LineTable): string[] {
  const files = new Set(lines.locations.map((location) => location.file));
  const inlined = lines.locations.filter((location) => location.caller >= 0).length;
  return [
    `${lines.entries.length} entries, ${lines.locations.length} locations, ${inlined} inlined`,
    ...[...files].map((file) => `file ${file}`),
  ];
}
