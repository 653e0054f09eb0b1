// Line tables of DWARF 2 to 5 (`.debug_line`), as compilers emit them, into our own form. The bytes may be hostile: the
// program makes at most one row for each of its bytes, and names that share bytes are bounded.
import type { LineEntry, LineLocation, LineTable } from "../lines.ts";
import { ByteReader } from "../reader.ts";
import { readLineHeader, type LineHeader } from "./line-header.ts";
import { TextReader } from "./texts.ts";

/** The sections that hold line tables, with relocations applied. */
export interface DebugLineSections {
  readonly lines: Uint8Array;
  /** `.debug_line_str`; empty if there is none. */
  readonly lineTexts: Uint8Array;
  /** `.debug_str`; empty if there is none. */
  readonly texts: Uint8Array;
  /** Bytes of an address. */
  readonly addressSize: 4 | 8;
}

/** Code whose lines are wanted. */
export interface DebugLineCode {
  readonly address: number;
  readonly size: number;
  /** In ascending order of addresses. */
  readonly functions: readonly {
    readonly name: string;
    readonly address: number;
    readonly size: number;
  }[];
  /** If present, a line is the number of a location in it, from 1, and files and columns mean nothing. */
  readonly locations?: readonly LineLocation[] | undefined;
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Row {
  readonly offset: number;
  /** -1 is none. */
  readonly location: number;
}

/** Reads all line programs; throws an `ObjectError` where they are not well formed. Offsets count from the code's start. */
export function readDebugLines(sections: DebugLineSections, code: DebugLineCode): LineTable {
  const collector = new Collector(code);
  const reader = new ByteReader(sections.lines);
  const names = {
    lineTexts: new TextReader(sections.lineTexts),
    lineTextsEnd: sections.lineTexts.length,
    texts: new TextReader(sections.texts),
    textsEnd: sections.texts.length,
  };
  while (!reader.atEnd) {
    const length = reader.u32le();
    if (length >= 0xffff_fff0) reader.fail("line table of 64-bit DWARF");
    const unit = reader.sub(length);
    const header = readLineHeader(unit, names);
    new LineProgram(unit, header, sections.addressSize).run(collector);
  }
  return collector.finish();
}

/** Gathers rows and gives places numbers. */
class Collector {
  readonly #code: DebugLineCode;
  readonly #locations: LineLocation[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #rows: Row[] = [];

  constructor(code: DebugLineCode) {
    this.#code = code;
  }

  add(address: number, place: Place | null): void {
    const offset = address - this.#code.address;
    if (offset < 0 || offset > this.#code.size) return;
    this.#rows.push({ offset, location: this.#locationOf(address, place) });
  }

  #locationOf(address: number, place: Place | null): number {
    if (place === null || place.line === 0) return -1;
    const { locations } = this.#code;
    if (locations === undefined) return this.#locate(address, place);
    return place.line <= locations.length ? place.line - 1 : -1;
  }

  #locate(address: number, place: Place): number {
    const name = this.#functionAt(address);
    const key = `${place.line}:${place.column}:${name}:${place.file}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#locations.length;
    this.#locations.push({ ...place, function: name, caller: -1 });
    this.#numbers.set(key, number);
    return number;
  }

  #functionAt(address: number): string {
    const { functions } = this.#code;
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((functions[middle]?.address ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    return functions[low - 1]?.name ?? "";
  }

  /** Of rows at one address the last one holds, but the end of a sequence gives way to the start of another. */
  finish(): LineTable {
    const sorted = this.#rows.toSorted((left, right) => left.offset - right.offset);
    const entries: LineEntry[] = [];
    for (const { offset, location } of sorted) {
      const last = entries.at(-1);
      if (last?.offset === offset) {
        if (location >= 0 || last.location < 0) {
          entries[entries.length - 1] = { offset, location, trap: -1 };
        }
      } else if (last === undefined || last.location !== location) {
        entries.push({ offset, location, trap: -1 });
      }
    }
    return { locations: this.#code.locations ?? this.#locations, entries };
  }
}

/** The machine that a line program runs on. */
class LineProgram {
  readonly #reader: ByteReader;
  readonly #header: LineHeader;
  readonly #addressSize: 4 | 8;
  #address = 0;
  #file = 1;
  #line = 1;
  #column = 0;

  constructor(reader: ByteReader, header: LineHeader, addressSize: 4 | 8) {
    this.#reader = reader;
    this.#header = header;
    this.#addressSize = addressSize;
  }

  run(collector: Collector): void {
    const reader = this.#reader;
    const { opcodeBase, lineBase, lineRange, step } = this.#header;
    while (!reader.atEnd) {
      const opcode = reader.u8();
      if (opcode >= opcodeBase) {
        const adjusted = opcode - opcodeBase;
        this.#address += Math.floor(adjusted / lineRange) * step;
        this.#line += lineBase + (adjusted % lineRange);
        this.#emit(collector);
      } else if (opcode === 0) this.#extended(collector);
      else this.#standard(opcode, collector);
    }
  }

  #standard(opcode: number, collector: Collector): void {
    const reader = this.#reader;
    const { opcodeBase, lineRange, step, operands } = this.#header;
    switch (opcode) {
      case 1:
        this.#emit(collector);
        break;
      case 2:
        this.#address += reader.uleb() * step;
        break;
      case 3:
        this.#line += reader.sleb();
        break;
      case 4:
        this.#file = reader.uleb();
        break;
      case 5:
        this.#column = reader.uleb();
        break;
      case 8:
        this.#address += Math.floor((255 - opcodeBase) / lineRange) * step;
        break;
      case 9:
        this.#address += reader.u8() + reader.u8() * 256;
        break;
      // Statements, blocks, prologues and instruction sets do not matter; unknown opcodes say how long they are.
      default:
        for (let i = operands[opcode - 1] ?? 0; i > 0; i -= 1) reader.sleb64();
    }
  }

  #extended(collector: Collector): void {
    const operand = this.#reader.sub(this.#reader.uleb());
    if (operand.atEnd) return;
    switch (operand.u8()) {
      case 1:
        collector.add(this.#address, null);
        this.#reset();
        break;
      case 2: {
        const low = operand.u32le();
        this.#address = low + (this.#addressSize === 8 ? operand.u32le() * 2 ** 32 : 0);
        break;
      }
      default:
    }
  }

  #reset(): void {
    this.#address = 0;
    this.#file = 1;
    this.#line = 1;
    this.#column = 0;
  }

  #emit(collector: Collector): void {
    if (this.#line < 0 || this.#line > 0x7fff_ffff) this.#reader.fail(`line ${this.#line}`);
    const file = this.#header.files[this.#file - this.#header.firstFile] ?? "";
    collector.add(this.#address, { file, line: this.#line, column: this.#column });
  }
}
