// Reads the text form of MIR. Every error goes to the sink with its place, and reading goes on with the next line.
//
// Names are kept: `v7` in text is value 7 in memory. The reader checks syntax only; undefined values, wrong counts of
// operands, unknown symbols and the like are the verifier's, so that each of its rules can be tested from text.
import type { DiagnosticSink, SourceFile, Span } from "../../base/index.ts";
import {
  noLocation,
  type Block,
  type BlockId,
  type Declaration,
  type Inst,
  type Location,
  type MirFunction,
  type MirModule,
  type Signature,
} from "./function.ts";
import { InstructionReader } from "./parse-inst.ts";
import { ParseStop } from "./tokens.ts";
import { inferTypes, type CalleeResults } from "./infer.ts";
import { unquoteBytes } from "./literal.ts";
import { mirTypes, type MirType } from "./opcodes.ts";

/** Where the parts of a module stand in its text. */
export interface ParsePlaces {
  /** From `func` to the closing brace. */
  readonly functions: ReadonlyMap<MirFunction, Span>;
  readonly blocks: ReadonlyMap<Block, Span>;
  readonly insts: ReadonlyMap<Inst, Span>;
  /** The last item that defines or declares each symbol. */
  readonly symbols: ReadonlyMap<string, Span>;
}

/** Reads a module; what could not be read is left out and reported. */
export function parseModule(file: SourceFile, sink: DiagnosticSink): MirModule {
  return parseModuleWithPlaces(file, sink).module;
}

/** As `parseModule`, and says where each function, block and instruction stands. */
export function parseModuleWithPlaces(
  file: SourceFile,
  sink: DiagnosticSink,
): { module: MirModule; places: ParsePlaces } {
  const reader = new ModuleReader(file, sink);
  reader.readModule();
  return { module: reader.module, places: reader };
}

class ModuleReader extends InstructionReader implements ParsePlaces {
  readonly module: MirModule = { functions: [], declarations: [], data: [], externalData: [] };
  readonly functions = new Map<MirFunction, Span>();
  readonly blocks = new Map<Block, Span>();
  readonly insts = new Map<Inst, Span>();
  readonly symbols = new Map<string, Span>();

  readModule(): void {
    while (this.peek().kind !== "end") {
      if (this.skipNewline()) continue;
      this.recover(() => this.item());
    }
    const callees: CalleeResults = new Map();
    for (const item of [...this.module.declarations, ...this.module.functions]) {
      if (!callees.has(item.symbol)) callees.set(item.symbol, item.signature.results);
    }
    for (const fn of this.module.functions) inferTypes(fn, callees);
  }

  private item(): void {
    const token = this.peek();
    switch (token.kind === "word" ? token.text : "") {
      case "declare":
        return this.declaration();
      case "data":
        return this.data();
      case "extern":
        return this.externalData();
      case "func":
        return this.func();
      default:
        return this.fail("mir/unexpected-token", "expected `func`, `declare`, `data` or `extern`");
    }
  }

  private declaration(): void {
    this.advance();
    const linkage = this.word("`slot`, `host` or `table`");
    if (linkage !== "slot" && linkage !== "host" && linkage !== "table") {
      const message = `expected \`slot\`, \`host\` or \`table\`, found \`${linkage}\``;
      this.fail("mir/unexpected-token", message, -1);
    }
    const symbol = this.symbol();
    const signature = this.signature();
    this.placeSymbol(symbol);
    const collects = linkage === "host" && this.at("word", "collects");
    if (collects) this.advance();
    this.lineEnd();
    const declaration: Declaration = { symbol, signature, linkage };
    this.module.declarations.push(collects ? { ...declaration, collects } : declaration);
  }

  private data(): void {
    this.advance();
    const symbol = this.symbol();
    this.keyword("align");
    const align = this.count();
    this.punct("=");
    const body = this.take("string", "a string");
    const bytes = unquoteBytes(body.text);
    if (bytes === undefined) {
      this.fail("mir/bad-string", "data are ASCII characters and `\\hh` for other bytes", -1);
    }
    this.placeSymbol(symbol);
    this.lineEnd();
    this.module.data.push({ symbol, bytes, align });
  }

  private externalData(): void {
    this.advance();
    this.keyword("data");
    const symbol = this.symbol();
    this.placeSymbol(symbol);
    this.lineEnd();
    this.module.externalData.push(symbol);
  }

  private placeSymbol(symbol: string): void {
    const end = this.previousEnd();
    this.symbols.set(symbol, { file: this.file, start: end - 1, end });
  }

  private func(): void {
    const start = this.peek().start;
    this.advance();
    const header = this.recover(() => {
      const symbol = this.symbol();
      const signature = this.signature();
      this.placeSymbol(symbol);
      this.punct("{");
      this.lineEnd();
      return { symbol, signature };
    });
    const fn: MirFunction = {
      symbol: header?.symbol ?? "",
      signature: header?.signature ?? { params: [], results: [] },
      blocks: [],
      valueTypes: [],
      nextBlock: 0,
      locations: [],
    };
    this.fn = fn;
    this.body(fn, start);
    if (header === undefined) return;
    this.module.functions.push(fn);
    this.functions.set(fn, { file: this.file, start, end: this.previousEnd() });
  }

  private body(fn: MirFunction, start: number): void {
    let block: Block | null = null;
    while (!this.at("punct", "}")) {
      if (this.skipNewline()) continue;
      if (this.peek().kind === "end") {
        const span = { file: this.file, start, end: start + "func".length };
        this.sink.error("mir/unclosed-function", "the function has no closing `}`", span);
        return;
      }
      const current: Block | null = block;
      block = this.recover(() => this.bodyLine(fn, current)) ?? block;
    }
    this.advance();
    this.recover(() => this.lineEnd());
  }

  /** Reads a line and returns the block that the following lines belong to. */
  private bodyLine(fn: MirFunction, block: Block | null): Block | null {
    const { text, start } = this.peek();
    if (/^loc[0-9]+$/.test(text) && this.peek(1).text === "=") {
      this.location(fn, block);
      return block;
    }
    if (/^block[0-9]+$/.test(text) && /^[:(]$/.test(this.peek(1).text)) {
      const opened = this.blockHeader(fn);
      this.blocks.set(opened, { file: this.file, start, end: this.previousEnd() });
      this.lineEnd();
      fn.blocks.push(opened);
      return opened;
    }
    if (block === null) this.fail("mir/unexpected-token", "expected a block, such as `block0:`");
    const inst = this.instruction();
    this.insts.set(inst, { file: this.file, start, end: this.previousEnd() });
    this.lineEnd();
    block.insts.push(inst);
    return block;
  }

  private location(fn: MirFunction, block: Block | null): void {
    const id = fn.locations.length;
    if (block !== null)
      this.fail("mir/misplaced-location", "locations stand before the first block");
    if (this.peek().text !== `loc${id}`) {
      this.fail("mir/misplaced-location", `expected \`loc${id}\`, found \`${this.peek().text}\``);
    }
    this.advance();
    this.punct("=");
    const file = this.string();
    const line = this.count();
    const column = this.count();
    const name = this.string();
    let caller = noLocation;
    if (this.at("word", "caller")) {
      this.advance();
      caller = this.numbered("loc");
    }
    this.lineEnd();
    const location: Location = { file, line, column, function: name, caller };
    fn.locations.push(location);
  }

  private blockHeader(fn: MirFunction): Block {
    const id = this.numbered("block") as BlockId;
    fn.nextBlock = Math.max(fn.nextBlock, id + 1);
    const block: Block = { id, params: [], insts: [] };
    if (this.at("punct", "(")) {
      this.list("(", ")", () => {
        const value = this.value();
        this.punct(":");
        const type = this.type();
        fn.valueTypes[value] ??= type;
        block.params.push(value);
      });
    }
    this.punct(":");
    return block;
  }

  private signature(): Signature {
    const params: MirType[] = [];
    const results: MirType[] = [];
    this.list("(", ")", () => params.push(this.type()));
    if (this.at("punct", "->")) {
      do {
        this.advance();
        results.push(this.type());
      } while (this.at("punct", ","));
    }
    return { params, results };
  }

  /** Runs one production; after an error in it, skips to the end of the line. */
  private recover<T>(production: () => T): T | undefined {
    try {
      return production();
    } catch (error) {
      if (!(error instanceof ParseStop)) throw error;
      while (this.peek().kind !== "newline" && this.peek().kind !== "end") this.advance();
      return undefined;
    }
  }

  private type(): MirType {
    const text = this.word("a type");
    const type = mirTypes.find((name) => name === text);
    if (type === undefined) {
      this.fail(
        "mir/unknown-type",
        `expected one of ${mirTypes.join(", ")}, found \`${text}\``,
        -1,
      );
    }
    return type;
  }
}
