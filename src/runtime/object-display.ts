// The display forms of objects and `any` values, by their headers. Nested objects are walked with a stack of its own, so
// that deep structures do not use up the host's; an object inside itself shows as `...`.
import { anyKind, boolOfAny, f64OfAny, intOfAny } from "./any.ts";
import { displayBool, displayF32, displayF64, displayInt } from "./display.ts";
import { ProgramError } from "./errors.ts";
import { formatSpecProblem, type FormatSpec } from "./format-spec.ts";
import { formatBool, formatF32, formatFloat, formatInt, formatText } from "./format.ts";
import type { IntType, IntValue } from "./int.ts";
import { loadI64, loadU64, type MemoryViews } from "./memory.ts";
import {
  adaptedFunctionField,
  arrayLayout,
  boxValueOffset,
  bufferLayout,
  dictLayout,
  firstProgramType,
  storageSizes,
  storageTypes,
  textLayout,
  typeIds,
  type StorageType,
} from "./object-layout.ts";
import { decodeUtf8 } from "../base/index.ts";

/** What the display form of a program's own type needs to know. */
export interface ObjectLayout {
  readonly kind: "object" | "variant" | "tuple" | "closure";
  readonly name: string;
  readonly fields: readonly {
    readonly name: string | null;
    readonly type: StorageType;
    readonly offset: number;
  }[];
}

/** Longest text that is built, in UTF-16 units; the host's strings end not much later. */
const longestText = 2 ** 28;

/** An object whose parts are being shown. */
interface Open {
  readonly address: number;
  readonly close: string;
  /** Shows the next part, or says that there is none. */
  readonly next: () => boolean;
}

/** Shows values of one program. */
export class ObjectDisplay {
  readonly #views: MemoryViews;
  readonly #layouts: readonly ObjectLayout[];
  readonly #open: Open[] = [];
  readonly #active = new Set<number>();
  #pieces: string[] = [];
  #length = 0;

  /** `layouts` are those of the program, by type id from `firstProgramType`. */
  constructor(views: MemoryViews, layouts: readonly ObjectLayout[]) {
    this.#views = views;
    this.#layouts = layouts;
  }

  /** The display form of an object; `nil` for 0. */
  ref(address: number): string {
    if (address !== 0 && this.#word(address) === typeIds.text) return this.#text(address);
    return this.#show(() => this.#ref(address));
  }

  any(value: IntValue): string {
    return this.#show(() => this.#any(value));
  }

  /** An object under a format spec; a boxed scalar as the scalar. An error if the spec does not fit. */
  formatRef(address: number, spec: FormatSpec): string {
    const type = address === 0 ? undefined : boxTypes.get(this.#word(address));
    return type === undefined
      ? textUnder(this.ref(address), spec)
      : this.#formatScalar(type, address + boxValueOffset, spec);
  }

  /** As the value's own type would be formatted. An error if the spec does not fit it. */
  formatAny(value: IntValue, spec: FormatSpec): string {
    switch (anyKind(value)) {
      case "ref":
        return this.formatRef(Number(value), spec);
      case "bool":
        check(spec, "bool");
        return formatBool(boolOfAny(value), spec);
      case "int":
        check(spec, "int");
        return formatInt(intOfAny(Number(value)), spec);
      case "float":
        check(spec, "float");
        return formatFloat(f64OfAny(value), spec);
    }
  }

  #formatScalar(type: BoxType, address: number, spec: FormatSpec): string {
    check(spec, type === "f32" ? "float" : "int");
    if (type === "f32") return formatF32(this.#views.f32[address >>> 2] ?? 0, spec);
    return formatInt(this.#integer(type, address), spec);
  }

  /** Runs to the end what `begin` starts. */
  #show(begin: () => void): string {
    try {
      begin();
      for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
        if (top.next()) continue;
        this.#put(top.close);
        this.#active.delete(top.address);
        this.#open.pop();
      }
      return this.#pieces.join("");
    } finally {
      this.#open.length = 0;
      this.#active.clear();
      this.#pieces = [];
      this.#length = 0;
    }
  }

  #put(piece: string): void {
    this.#length += piece.length;
    if (this.#length > longestText) throw new ProgramError("fail", "the text is too long to show");
    this.#pieces.push(piece);
  }

  #word(address: number): number {
    return (this.#views.i32[address >>> 2] ?? 0) >>> 0;
  }

  #text(address: number): string {
    const data = this.#word(address + textLayout.data);
    return decodeUtf8(this.#views.u8, data, data + this.#word(address + textLayout.length));
  }

  #any(value: IntValue): void {
    switch (anyKind(value)) {
      case "ref":
        this.#ref(Number(value));
        break;
      case "bool":
        this.#put(displayBool(boolOfAny(value)));
        break;
      case "int":
        this.#put(displayInt(intOfAny(Number(value))));
        break;
      case "float":
        this.#put(displayF64(f64OfAny(value)));
        break;
    }
  }

  #ref(address: number): void {
    if (address === 0) this.#put("nil");
    else if (this.#active.has(address)) this.#put("...");
    else this.#object(address, this.#word(address));
  }

  #object(address: number, id: number): void {
    const box = boxTypes.get(id);
    if (id === typeIds.text) this.#put(this.#text(address));
    else if (box !== undefined) this.#value(box, address + boxValueOffset);
    else if (id === typeIds.some) this.#some(address);
    else if (id >= typeIds.array_bool && id <= typeIds.array_any) {
      this.#array(address, storageTypes[id - typeIds.array_bool] ?? "any");
    } else if (id >= typeIds.dict_i64 && id <= typeIds.dict_any) this.#dict(address, id);
    else {
      const layout = id < firstProgramType ? undefined : this.#layouts[id - firstProgramType];
      if (layout === undefined) this.#put(`<object of type ${id}>`);
      else this.#record(address, layout);
    }
  }

  /** A nested option is shown as what is in it; opened, so that however many of them do not nest calls. */
  #some(address: number): void {
    this.#begin(
      address,
      "",
      "",
      once(() => this.#value("any", address + boxValueOffset)),
    );
  }

  #begin(address: number, open: string, close: string, next: () => boolean): void {
    this.#put(open);
    this.#active.add(address);
    this.#open.push({ address, close, next });
  }

  #array(address: number, type: StorageType): void {
    const data = this.#word(address + arrayLayout.buffer) + bufferLayout.data;
    const size = storageSizes[type];
    let index = 0;
    this.#begin(address, "[", "]", () => {
      if (index >= this.#word(address + arrayLayout.length)) return false;
      if (index > 0) this.#put(", ");
      index += 1;
      this.#value(type, data + size * (index - 1));
      return true;
    });
  }

  #dict(address: number, id: number): void {
    const keyType = id === typeIds.dict_i64 ? "i64" : id === typeIds.dict_text ? "ref" : "any";
    const valueType = storageTypes[this.#word(address + dictLayout.valueType)] ?? "any";
    const part = (offset: number): number => this.#word(address + offset) + bufferLayout.data;
    const hashes = part(dictLayout.hashes);
    const used = this.#word(address + dictLayout.used);
    let entry = 0;
    let key = true;
    let first = true;
    this.#begin(address, "{", "}", () => {
      if (!key) {
        this.#put(": ");
        key = true;
        this.#value(valueType, part(dictLayout.values) + storageSizes[valueType] * (entry - 1));
        return true;
      }
      while (entry < used && this.#word(hashes + 4 * entry) === 0) entry += 1;
      if (entry >= used) return false;
      if (!first) this.#put(", ");
      first = false;
      key = false;
      entry += 1;
      this.#value(keyType, part(dictLayout.keys) + storageSizes[keyType] * (entry - 1));
      return true;
    });
  }

  #record(address: number, { kind, name, fields }: ObjectLayout): void {
    if (kind === "closure") {
      const adapted = fields.find((field) => field.name === adaptedFunctionField);
      const inner = adapted === undefined ? 0 : this.#word(address + adapted.offset);
      if (inner === 0) this.#put(`<fn ${name}>`);
      else
        this.#begin(
          address,
          "",
          "",
          once(() => this.#ref(inner)),
        );
      return;
    }
    if (kind === "variant" && fields.length === 0) {
      this.#put(name);
      return;
    }
    let index = 0;
    this.#begin(address, kind === "tuple" ? "(" : `${name}(`, ")", () => {
      const field = fields[index];
      if (field === undefined) return false;
      if (index > 0) this.#put(", ");
      if (kind === "object" && field.name !== null) this.#put(`${field.name}: `);
      index += 1;
      this.#value(field.type, address + field.offset);
      return true;
    });
  }

  /** A value in memory. */
  #value(type: StorageType, address: number): void {
    const views = this.#views;
    switch (type) {
      case "ref":
        this.#ref(this.#word(address));
        break;
      case "any":
        this.#any(loadI64(views, address));
        break;
      case "bool":
        this.#put(displayBool(views.u8[address] !== 0));
        break;
      case "f32":
        this.#put(displayF32(views.f32[address >>> 2] ?? 0));
        break;
      case "f64":
        this.#put(displayF64(views.f64[address >>> 3] ?? 0));
        break;
      case "i8":
      case "u8":
      case "i16":
      case "u16":
      case "i32":
      case "u32":
      case "i64":
      case "u64":
        this.#put(displayInt(this.#integer(type, address)));
    }
  }

  #integer(type: IntType, address: number): IntValue {
    const { i32, i16, u8 } = this.#views;
    switch (type) {
      case "i64":
        return loadI64(this.#views, address);
      case "u64":
        return loadU64(this.#views, address);
      case "i32":
        return i32[address >>> 2] ?? 0;
      case "u32":
        return (i32[address >>> 2] ?? 0) >>> 0;
      case "i16":
        return i16[address >>> 1] ?? 0;
      case "u16":
        return (i16[address >>> 1] ?? 0) & 0xffff;
      case "i8":
        return ((u8[address] ?? 0) << 24) >> 24;
      case "u8":
        return u8[address] ?? 0;
    }
  }
}

type BoxType = IntType | "f32";

const boxTypes: ReadonlyMap<number, BoxType> = new Map<number, BoxType>([
  [typeIds.box_i8, "i8"],
  [typeIds.box_u8, "u8"],
  [typeIds.box_i16, "i16"],
  [typeIds.box_u16, "u16"],
  [typeIds.box_i32, "i32"],
  [typeIds.box_u32, "u32"],
  [typeIds.box_i64, "i64"],
  [typeIds.box_u64, "u64"],
  [typeIds.box_f32, "f32"],
]);

/** One part to show. */
function once(show: () => void): () => boolean {
  let shown = false;
  return () => {
    if (shown) return false;
    shown = true;
    show();
    return true;
  };
}

function check(spec: FormatSpec, kind: Parameters<typeof formatSpecProblem>[1]): void {
  const problem = formatSpecProblem(spec, kind);
  if (problem !== null) throw new ProgramError("fail", problem);
}

function textUnder(text: string, spec: FormatSpec): string {
  check(spec, "text");
  return formatText(text, spec);
}
