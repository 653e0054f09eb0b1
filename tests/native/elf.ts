// Of ELF objects of 64 bits, what the tests look at.

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly link: number;
  readonly info: number;
  readonly offset: number;
  readonly size: number;
}

const headerSize = 64;
const symbolSize = 24;
const relocationSize = 24;
const relocationSection = 4;

const utf8 = new TextDecoder();

/** The sections and symbols of an object. */
export class ElfObject {
  readonly bytes: Uint8Array;
  readonly sections: readonly ElfSection[];
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const start = this.#offset(40);
    const headers = Array.from({ length: this.#view.getUint16(60, true) }, (_, i) =>
      this.#header(start + i * headerSize),
    );
    const names = headers[this.#view.getUint16(62, true)];
    this.sections = headers.map(({ nameAt, ...rest }) => ({
      ...rest,
      name: this.#text((names?.offset ?? 0) + nameAt),
    }));
  }

  content(section: ElfSection): Uint8Array {
    return this.bytes.subarray(section.offset, section.offset + section.size);
  }

  section(name: string): ElfSection | undefined {
    return this.sections.find((each) => each.name === name);
  }

  /** Writes the addresses of some symbols where they are referred to by 32 bits, and takes the relocations away. */
  resolve(valueOf: (symbol: string) => number | undefined, types: ReadonlySet<number>): void {
    for (const { type, link, info, offset, size } of this.sections) {
      const [symbols, target] = [this.sections[link], this.sections[info]];
      if (type !== relocationSection || symbols === undefined || target === undefined) continue;
      for (let at = offset; at < offset + size; at += relocationSize) {
        const kind = this.#view.getUint32(at + 8, true);
        const symbol = symbols.offset + symbolSize * this.#view.getUint32(at + 12, true);
        const value = valueOf(this.#symbolName(symbol, symbols));
        if (value === undefined || !types.has(kind)) continue;
        const addend = Number(this.#view.getBigInt64(at + 16, true));
        this.#view.setInt32(target.offset + this.#offset(at), value + addend, true);
        this.#view.setUint32(at + 8, 0, true);
      }
    }
  }

  #symbolName(at: number, { link }: ElfSection): string {
    return this.#text((this.sections[link]?.offset ?? 0) + this.#view.getUint32(at, true));
  }

  #header(at: number): Omit<ElfSection, "name"> & { readonly nameAt: number } {
    return {
      nameAt: this.#view.getUint32(at, true),
      type: this.#view.getUint32(at + 4, true),
      offset: this.#offset(at + 24),
      size: this.#offset(at + 32),
      link: this.#view.getUint32(at + 40, true),
      info: this.#view.getUint32(at + 44, true),
    };
  }

  #offset(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  #text(at: number): string {
    return utf8.decode(this.bytes.subarray(at, this.bytes.indexOf(0, at)));
  }
}
