// What the functions of a module refer to outside themselves: declarations, intrinsics, metadata.
import { readPart, writtenParts } from "../../analysis/index.ts";
import { typeOf } from "../../ir/mir/index.ts";
import type { Inst, MirFunction, MirModule, Signature } from "../../ir/mir/index.ts";
import { isLibrarySymbol, typeIdOffset, symbolNames } from "../../runtime/index.ts";
import type { KernelAddresses } from "./kernel.ts";
import { DebugInfo, type LocationForm } from "./locations.ts";
import { Metadata } from "./metadata.ts";
import { globalName, llvmType, resultType } from "./names.ts";
import { pointerBits, type LlvmArchitecture } from "./target.ts";

/** What a module's text depends on besides the module. */
export interface ScopeOptions {
  readonly architecture: LlvmArchitecture;
  readonly locations: LocationForm;
  readonly kernel?: KernelAddresses | undefined;
}

/** Collects what is used; what is not used does not appear. */
export class ModuleScope {
  readonly architecture: LlvmArchitecture;
  readonly pointerBits: 32 | 64;
  readonly metadata = new Metadata();
  readonly debug: DebugInfo;
  /** Of a kernel, what may be taken for granted. */
  readonly kernel: KernelAddresses | undefined;
  readonly #signatures = new Map<string, Signature>();
  readonly #declared = new Map<string, string>();
  #aliasRoot = -1;

  constructor(module: MirModule, { architecture, locations, kernel }: ScopeOptions) {
    this.architecture = architecture;
    this.pointerBits = pointerBits(architecture);
    this.debug = new DebugInfo(locations, this.metadata);
    this.kernel = kernel;
    for (const { symbol, signature } of module.functions) this.#signatures.set(symbol, signature);
    for (const { symbol, signature } of module.declarations) {
      this.#signatures.set(symbol, signature);
    }
  }

  /** Whether linear memory starts at address 0, so that functions do not take its base. */
  get isFlat(): boolean {
    return this.architecture === "wasm32";
  }

  /** Declarations in the order in which they were needed. */
  get declarations(): readonly string[] {
    return [...this.#declared.values()];
  }

  /** Parameters of every function of a program, in front of its own. */
  baseParameter(name: string): string[] {
    return this.isFlat ? [] : [`ptr swiftself ${name}`.trimEnd()];
  }

  /** The signature of a function of the module or of a declared one. */
  signature(symbol: string): Signature {
    const found = this.#signatures.get(symbol);
    if (found === undefined) throw new Error(`@${symbol} is not declared`);
    return found;
  }

  /** An intrinsic or a function of the runtime: its name, declared once. */
  runtime(name: string, result: string, params: readonly string[], attributes = ""): string {
    const global = globalName(name);
    if (!this.#declared.has(name)) {
      const text = `declare ${result} ${global}(${params.join(", ")})${attributes}`;
      this.#declared.set(name, text);
    }
    return global;
  }

  /** Whether a host function is one of the runtime library, which is called as those of a program. */
  takesBase(symbol: string): boolean {
    return !this.isFlat && isLibrarySymbol(symbol);
  }

  /** A host function: C's calling convention, and no base of the memory unless it is the library's. */
  host(symbol: string): string {
    const { params, results } = this.signature(symbol);
    const isCode = this.takesBase(symbol);
    const name = isCode ? symbolNames.code(symbol) : symbol;
    const all = [...(isCode ? this.baseParameter("") : []), ...params.map(llvmType)];
    return this.runtime(name, resultType(results), all, " nounwind");
  }

  /** A variable that the loader defines. */
  external(name: string, text: string): string {
    const global = globalName(name);
    if (!this.#declared.has(name)) this.#declared.set(name, `${global} = ${text}`);
    return global;
  }

  /** The cell of a slot: a pointer to code, or for a flat memory something whose address is the slot's number. */
  slot(symbol: string): string {
    const name = symbolNames.slot(symbol);
    return this.external(
      name,
      this.isFlat ? "external global i8" : "external dso_local global ptr",
    );
  }

  /** The first cell of the table. */
  slots(): string {
    return this.external(symbolNames.slots, "external dso_local global ptr");
  }

  /** The place of data in linear memory, as a constant of this many bits. Data lie below 2^31. */
  dataAddress(symbol: string, bits: 32 | 64): string {
    const name = symbolNames.address(symbol);
    let text = "external global i8";
    if (this.architecture === "x86_64") {
      // So that it is an immediate of 32 bits, also in position-independent code.
      text += `, !absolute_symbol !${this.metadata.node("!{i64 0, i64 2147483648}")}`;
    }
    return `ptrtoint (ptr ${this.external(name, text)} to i${bits})`;
  }

  /** What stands behind a load or store: the part of memory that it accesses, in a kernel the array; nothing if that is not known. */
  aliasTag(fn: MirFunction, inst: Inst): string {
    const [written] = writtenParts(fn, inst);
    const part = written ?? readPart(fn, inst);
    if (part === undefined || isTypeId(fn, inst)) return "";
    if (this.kernel === undefined) return `, !tbaa !${this.#accessTag(`part${part}`)}`;
    const array = this.kernel.array(fn, inst);
    return array === undefined ? "" : `, !tbaa !${this.#accessTag(`array${array}`)}`;
  }

  #accessTag(name: string): number {
    if (this.#aliasRoot < 0) this.#aliasRoot = this.metadata.node('!{!"anneal"}');
    const type = this.metadata.node(`!{!"${name}", !${this.#aliasRoot}, i64 0}`);
    return this.metadata.node(`!{!${type}, !${type}, i64 0}`);
  }
}

/** An object made in place has its type id stored through the address of its cell, so that is not a field like others. */
function isTypeId(fn: MirFunction, inst: Inst): boolean {
  const [address] = inst.args;
  return address !== undefined && typeOf(fn, address) === "ref" && inst.imm === typeIdOffset;
}
