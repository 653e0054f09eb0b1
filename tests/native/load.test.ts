// What the native loader accepts, refuses and writes, on objects made for the purpose.
import { describe, expect, test } from "vitest";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  readNative,
  unloadNative,
  type LoadedNative,
  type NativeEnvironment,
} from "../../src/loader/native/index.ts";
import { lookupLine } from "../../src/object/index.ts";
import { buildObject, type BuiltObject, type BuiltSection } from "./builder.ts";
import { FixedMemory } from "./fixed-memory.ts";
import { loadFixtures } from "./fixtures.ts";

const base = 0x7f12_0000_0000;
const flags = { code: 6, constants: 2, data: 3 };

function program(options: Partial<NativeEnvironment> = {}, at = base) {
  const memory = new FixedMemory(at);
  const size = 1 << 16;
  const pools = new NativePools(memory, { code: size, metadata: size, data: size });
  const symbols = new NativeSymbolTable();
  const environment: NativeEnvironment = { machine: "x86_64", pools, symbols, ...options };
  const define = (name: string, address: number): void => {
    symbols.define({ name, address, kind: "function", size: 0, origin: "the program" });
  };
  const load = (bytes: Uint8Array) => loadNative(bytes, environment);
  const loaded = (object: BuiltObject): LoadedNative => {
    const result = load(buildObject(object));
    if (result.kind === "refused") throw new Error(result.message);
    return result;
  };
  const reasons = (object: BuiltObject | Uint8Array): readonly string[] => {
    const result = load(object instanceof Uint8Array ? object : buildObject(object));
    expect(memory.committed).toBe(0);
    return result.kind === "refused" ? result.reasons : [];
  };
  return { memory, pools, symbols, define, load, loaded, reasons };
}

const text = (bytes: readonly number[], rest: Partial<BuiltSection> = {}): BuiltSection => ({
  name: ".text",
  flags: flags.code,
  bytes,
  ...rest,
});

/** A call of `target`, and the function that it is in. */
function callOf(target: string): BuiltObject {
  return {
    sections: [
      text([0xe8, 0, 0, 0, 0, 0xc3], {
        relocations: [{ offset: 1, type: 4, symbol: target, addend: -4 }],
      }),
    ],
    symbols: [{ name: "f", section: 0, type: 2, size: 6 }, { name: target }],
  };
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

const int32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer).getInt32(at, true);
const uint64 = (bytes: Uint8Array, at: number): number =>
  Number(new DataView(bytes.buffer).getBigUint64(at, true));

describe("names", () => {
  test("undefined ones refuse the object, all of them listed, with similar names", () => {
    const { define, reasons } = program();
    define("outside_one", base);
    const object: BuiltObject = {
      sections: [
        text(zeros(20), {
          relocations: ["outside_onr", "nothing", "outside_onr"].map((symbol, i) => ({
            offset: 4 * i,
            type: 2,
            symbol,
          })),
        }),
      ],
      symbols: [{ name: "outside_onr" }, { name: "nothing" }, { name: "never_used" }],
    };
    expect(reasons(object)).toEqual([
      "no symbol `outside_onr` (defined: `outside_one`)",
      "no symbol `nothing`",
    ]);
  });

  test("the program's come before the process's", () => {
    const { define, loaded, memory } = program({ process: { address: () => base + 0x2000 } });
    define("g", base + 0x1000);
    const { codeAddress, imports } = loaded(callOf("g"));
    expect(codeAddress + 5 + int32(memory.read(codeAddress, 6), 1)).toBe(base + 0x1000);
    expect(imports).toEqual(["g"]);
    const other = loaded(callOf("h"));
    expect(other.codeAddress + 5 + int32(memory.read(other.codeAddress, 6), 1)).toBe(base + 0x2000);
  });

  test("an object has a handle of its own, whatever else it has", () => {
    const { loaded, memory } = program();
    const using = callOf("__dso_handle");
    const [first, second] = [loaded(using), loaded({ ...using, symbols: using.symbols.slice(1) })];
    expect(first.handle).not.toBe(0);
    expect(second.handle).not.toBe(first.handle);
    for (const { handle, codeAddress } of [first, second]) {
      expect(codeAddress + 5 + int32(memory.read(codeAddress, 6), 1)).toBe(handle);
    }
    expect(loaded({ sections: [text([0xc3])], symbols: [] }).handle).toBe(0);
  });

  test("nothing is defined twice", () => {
    const { define, reasons } = program();
    define("f", base);
    expect(reasons({ sections: [text([0xc3])], symbols: [{ name: "f", section: 0 }] })).toEqual([
      "`f` is defined by the program already",
    ]);
    const twice = { name: "g", section: 0 };
    expect(reasons({ sections: [text([0xc3])], symbols: [twice, twice] })).toEqual([
      "`g` is defined twice in the object",
    ]);
  });

  test("a new version may replace a definition if the program says so", () => {
    const { define, loaded } = program({ replaces: (name) => name === "f" });
    define("f", 4096);
    const { symbols } = loaded({ sections: [text([0xc3])], symbols: [{ name: "f", section: 0 }] });
    expect(symbols.get("f")?.address).toBe(base);
  });

  test("weak definitions and common symbols give way to the program's", () => {
    const { define, loaded, memory } = program();
    define("w", base + 0x5000);
    define("c", base + 0x6000);
    const table = (symbols: BuiltObject["symbols"]): BuiltObject => ({
      sections: [
        {
          name: ".data",
          flags: flags.data,
          bytes: zeros(24),
          relocations: ["w", "c", "own"].map((symbol, i) => ({ offset: 8 * i, type: 1, symbol })),
        },
      ],
      symbols,
    });
    const result = loaded(
      table([
        { name: "w", section: 0, value: 8, binding: 2 },
        { name: "c", section: "common", value: 8, size: 8 },
        { name: "own", section: "common", value: 16, size: 40 },
      ]),
    );
    const address = result.blocks[0]?.address ?? 0;
    const bytes = memory.read(address, 80);
    expect([uint64(bytes, 0), uint64(bytes, 8)]).toEqual([base + 0x5000, base + 0x6000]);
    expect(uint64(bytes, 16) % 16).toBe(0);
    expect([...result.symbols.keys()]).toEqual(["own"]);
    expect(result.imports).toEqual(["w", "c"]);
  });

  test("undefined weak symbols are 0", () => {
    const { loaded, memory } = program();
    const { blocks } = loaded({
      sections: [
        {
          name: ".data",
          flags: flags.data,
          bytes: [1, 1, 1, 1, 1, 1, 1, 1],
          relocations: [{ offset: 0, type: 1, symbol: "w" }],
        },
      ],
      symbols: [{ name: "w", binding: 2 }],
    });
    expect(uint64(memory.read(blocks[0]?.address ?? 0, 8), 0)).toBe(0);
  });
});

describe("what is refused", () => {
  test("machine, initialisers, thread-local storage, code that is written, types unknown", () => {
    const { reasons } = program();
    const named = (name: string, section: Partial<BuiltSection>): BuiltObject => ({
      sections: [text([0, 0, 0, 0, 0, 0, 0, 0], { name, ...section })],
      symbols: [{ name: "t", section: 0, type: 6 }],
    });
    expect(reasons({ ...callOf("f2"), machine: 183 })[0]).toContain("made for aarch64");
    expect(reasons(named(".init_array", { type: 14, flags: 3 }))[0]).toContain("initialisers");
    expect(reasons(named(".tdata", { flags: 0x403 }))[0]).toContain("thread-local");
    expect(reasons(named(".text", { flags: 7 }))[0]).toContain("both written and executed");
    const relocations = [{ offset: 0, type: 250, symbol: "t" }];
    expect(reasons(named(".text", { relocations }))[0]).toBe(
      "relocation of type 250 in `.text`: unknown",
    );
    const chosen: BuiltObject = {
      sections: [text([0xc3])],
      symbols: [{ name: "i", section: 0, type: 10 }],
    };
    expect(reasons(chosen)[0]).toContain("chosen at load time");
  });

  test("an object for another ABI", () => {
    const { reasons } = program({ abiHash: "abc" });
    const hash = { name: ".anneal.abi", flags: 0, bytes: [...Buffer.from("abd")] };
    expect(reasons({ sections: [text([0xc3]), hash], symbols: [] })).toEqual([
      "made for ABI `abd`, the program has `abc`",
    ]);
  });

  test("sizes beyond the pools, before anything is allocated", () => {
    const { reasons } = program();
    const huge = { name: ".bss", type: 8, flags: flags.data, bytes: [], size: 2 ** 50 };
    expect(reasons({ sections: [huge], symbols: [] })).toEqual([
      `no room for ${2 ** 50} bytes in the pool \`data\``,
    ]);
  });

  test("data that is too far away", () => {
    const { define, reasons } = program();
    define("far", 4096);
    const object: BuiltObject = {
      sections: [
        text([0, 0, 0, 0], { relocations: [{ offset: 0, type: 2, symbol: "far", addend: -4 }] }),
      ],
      symbols: [{ name: "far" }],
    };
    expect(reasons(object)[0]).toMatch(
      /R_X86_64_PC32 at `\.text`\+0 to `far`: value -\d+ does not fit/,
    );
  });

  test("a field that passes the end of its section, a symbol outside of its section", () => {
    const { define, reasons } = program();
    define("g", base);
    const relocations = [{ offset: 2, type: 1, symbol: "g" }];
    expect(
      reasons({ sections: [text([0, 0, 0, 0], { relocations })], symbols: [{ name: "g" }] })[0],
    ).toBe("R_X86_64_64 at `.text`+2 to `g`: passes the end of the section");
    const symbols = [{ name: "f", section: 0, value: 5 }];
    expect(reasons({ sections: [text([0xc3])], symbols })[0]).toContain("which has 1 bytes");
  });

  test("when the system gives no memory or no right to execute", () => {
    for (const refuses of ["commit", "protect"] as const) {
      const { memory, define, reasons, pools } = program();
      define("g", base);
      memory.refuses = refuses;
      expect(reasons(callOf("g"))).toHaveLength(1);
      expect(pools.figures().code.used).toBe(0);
    }
  });

  test("bytes that are no object", () => {
    const { reasons } = program();
    expect(reasons(new Uint8Array(0))[0]).toContain("no ELF file");
    expect(reasons(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]))[0]).toContain(
      "unexpected end",
    );
    const big = buildObject(callOf("g"));
    big[0x3c] = 0xff;
    expect(reasons(big)[0]).toMatch(/section table of \d+ bytes at \d+ passes the end/);
  });
});

describe("memory", () => {
  test("code can be executed, constants read, data written, and nothing both written and executed", () => {
    const { loaded, memory, pools } = program();
    const result = loaded({
      sections: [
        text([0xc3]),
        { name: ".rodata", flags: flags.constants, bytes: [1] },
        { name: ".data", flags: flags.data, bytes: [2] },
        { name: ".bss", type: 8, flags: flags.data, bytes: [], size: 5000 },
      ],
      symbols: [],
    });
    expect(result.blocks.map(({ pool, address }) => [pool, memory.state(address)])).toEqual([
      ["code", "read-execute"],
      ["metadata", "read"],
      ["data", "writable"],
    ]);
    expect(memory.flushed).toBe(1);
    expect(pools.figures().data).toMatchObject({ used: 8192, requested: 5001, blocks: 1 });
    unloadNative(result, pools);
    expect(memory.committed).toBe(0);
    expect(pools.figures().data).toMatchObject({ used: 0, peak: 8192, largestFree: 1 << 16 });
    expect(() => unloadNative(result, pools)).toThrow("not in use");
  });

  test("free ranges join whatever the order of unloading", () => {
    const { pools } = program();
    const blocks = [1, 2, 3, 4].map(() => pools.allocate("code", 4096));
    for (const i of [1, 3, 0, 2]) {
      const block = blocks[i];
      if (block) pools.free(block);
    }
    expect(pools.figures().code).toMatchObject({ largestFree: 1 << 16, used: 0 });
    expect(pools.allocate("code", (1 << 16) + 1)).toBeNull();
  });
});

describe("branches and the table of addresses", () => {
  test("a call that is too far away goes through a stub of its own object", () => {
    const { define, loaded, memory } = program();
    define("far", 0x1234_5000);
    const { codeAddress, figures } = loaded(callOf("far"));
    const bytes = memory.read(codeAddress, figures.code);
    const stub = 5 + int32(bytes, 1);
    expect(figures.stubs).toBe(1);
    // jmp *2(%rip)
    expect(bytes.slice(stub, stub + 6)).toEqual(Uint8Array.from([0xff, 0x25, 2, 0, 0, 0]));
    expect(uint64(bytes, stub + 8)).toBe(0x1234_5000);
  });

  test("a far call of aarch64 goes through a veneer, a far conditional branch is refused", () => {
    const { define, load, reasons, memory } = program({ machine: "aarch64" });
    define("far", 0x1234_5000);
    const branch = (type: number): BuiltObject => ({
      machine: 183,
      sections: [text([0, 0, 0, 0x94], { relocations: [{ offset: 0, type, symbol: "far" }] })],
      symbols: [{ name: "far" }],
    });
    expect(reasons(branch(280))[0]).toContain("R_AARCH64_CONDBR19");
    const result = load(buildObject(branch(283)));
    if (result.kind === "refused") throw new Error(result.message);
    const bytes = memory.read(result.codeAddress, result.figures.code);
    const veneer = (int32(bytes, 0) & 0x3ff_ffff) * 4;
    // ldr x16, #8; br x16
    expect(int32(bytes, veneer) >>> 0).toBe(0x5800_0050);
    expect(int32(bytes, veneer + 4) >>> 0).toBe(0xd61f_0200);
    expect(uint64(bytes, veneer + 8)).toBe(0x1234_5000);
  });

  test("near accesses through the table become direct, far ones stay", () => {
    const instructions = [
      [0x48, 0x8b, 0x05, 0, 0, 0, 0],
      [0xff, 0x15, 0, 0, 0, 0],
      [0xff, 0x25, 0, 0, 0, 0],
      [0x48, 0x03, 0x1d, 0, 0, 0, 0],
    ];
    const fields = [3, 9, 15, 22];
    const object: BuiltObject = {
      sections: [
        text(instructions.flat(), {
          relocations: fields.map((offset, i) => ({
            offset,
            type: i % 3 === 0 ? 42 : 41,
            symbol: "g",
            addend: -4,
          })),
        }),
      ],
      symbols: [{ name: "g" }],
    };
    const near = program();
    near.define("g", base + 0x8000);
    const { codeAddress, blocks } = near.loaded(object);
    const bytes = near.memory.read(codeAddress, 26);
    const distance = (at: number): number => codeAddress + at + 4 + int32(bytes, at);
    expect([bytes[1], bytes[7], bytes[8], bytes[13], bytes[18]]).toEqual([
      0x8d, 0x67, 0xe8, 0xe9, 0x90,
    ]);
    expect([distance(3), distance(9), distance(14)]).toEqual([
      base + 0x8000,
      base + 0x8000,
      base + 0x8000,
    ]);
    // An addition has no direct form that is as long.
    expect(distance(22)).toBe(blocks[1]?.address);
    const far = program();
    far.define("g", 4096);
    const kept = far.loaded(object);
    const code = far.memory.read(kept.codeAddress, 26);
    for (const at of fields) {
      expect(kept.codeAddress + at + 4 + int32(code, at)).toBe(kept.blocks[1]?.address);
    }
    expect(uint64(far.memory.read(kept.blocks[1]?.address ?? 0, 8), 0)).toBe(4096);
  });
});

test("initialisers are listed in their order if the program runs them", () => {
  const { load } = program({ initializers: "list" });
  const pointer = (name: string, addend: number, type = 14): BuiltSection => ({
    name,
    type,
    flags: flags.data,
    bytes: zeros(8),
    relocations: [{ offset: 0, type: 1, symbol: "f", addend }],
  });
  const result = load(
    buildObject({
      sections: [
        text([0xc3, 0xc3, 0xc3, 0xc3]),
        pointer(".init_array", 0),
        pointer(".init_array.200", 1),
        pointer(".init_array.100", 2),
        pointer(".fini_array", 3, 15),
      ],
      symbols: [{ name: "f", section: 0 }],
    }),
  );
  if (result.kind === "refused") throw new Error(result.message);
  expect(result.initializers).toEqual([base + 2, base + 1, base]);
  expect(result.finalizers).toEqual([base + 3]);
});

const linear = { allocate: () => 1 << 20, write: () => {} };

test("every checked-in object loads, and its functions are in the order of their addresses", () => {
  for (const { name, bytes, low } of loadFixtures()) {
    const machine = (["x86_64", "aarch64", "i686"] as const).find((each) => name.startsWith(each));
    if (machine === undefined) throw new Error(name);
    const at = low ? 0x1000_0000 : base;
    const process = { address: () => at + 0x10_0000 };
    const { load } = program({ machine, initializers: "list", process, linear }, at);
    const result = load(bytes);
    if (result.kind === "refused") throw new Error(`${name}: ${result.message}`);
    const addresses = result.functions.map(({ address }) => address);
    expect(addresses).toEqual(addresses.toSorted((a, b) => a - b));
    if (!name.includes("as-")) expect(addresses.length).toBeGreaterThan(5);
  }
});

describe("objects of our own compiler", () => {
  const fixture = (name: string): Uint8Array =>
    loadFixtures().find((each) => each.name === name)?.bytes ?? new Uint8Array(0);
  const process = { address: (name: string) => (name.startsWith("addr:") ? undefined : base) };

  test("data go to linear memory, and addresses of data lead there", () => {
    const written: [number, string][] = [];
    const { load, memory } = program({
      process,
      abiHash: "test",
      linear: {
        allocate: (_, align) => 1000 * align,
        write: (address, bytes) => written.push([address, String.fromCharCode(...bytes)]),
      },
    });
    const result = load(fixture("x86_64-anneal.o"));
    if (result.kind === "refused") throw new Error(result.message);
    expect(written).toEqual([[16_000, "\x07\0\0\0hello\0\0\0\0\0\0\x000123456789abcdef"]]);
    expect(result.symbols.get("addr:bytes")?.address).toBe(16_000);
    expect(result.symbols.get("addr:more")?.address).toBe(16_016);
    const code = memory.read(result.codeAddress, result.figures.code);
    const words = Array.from({ length: code.length - 3 }, (_, i) => int32(code, i));
    expect(words).toContain(16_000);
    expect(words).toContain(16_016);
  });

  test("lines are locations with the places they were inlined at", () => {
    for (const machine of ["x86_64", "aarch64"] as const) {
      const { load } = program({ machine, process, linear });
      const result = load(fixture(`${machine}-anneal.o`));
      if (result.kind === "refused") throw new Error(result.message);
      const { lines } = result;
      const chains = (lines?.entries ?? [])
        .map(({ offset }) => (lines === null ? undefined : lookupLine(lines, offset)?.frames))
        .map((frames) => frames?.map(({ file, line }) => `${file}:${line}`).join(" in "));
      expect(chains).toContain("sum.spl:12 in other.spl:40");
      expect(chains).toContain("sum.spl:7");
    }
  });

  test("what another thread has read and laid out is loaded as its bytes are", () => {
    const images = [false, true].map((elsewhere) => {
      const { memory } = program();
      const pools = new NativePools(memory, { code: 1 << 16, metadata: 1 << 16, data: 1 << 16 });
      const bytes = fixture("x86_64-anneal.o");
      const read = structuredClone(readNative(bytes, memory.pageSize));
      expect(read.layout).toBeDefined();
      const symbols = new NativeSymbolTable();
      const environment: NativeEnvironment = { machine: "x86_64", pools, symbols, process, linear };
      const result = loadNative(elsewhere ? read : bytes, environment);
      if (result.kind === "refused") throw new Error(result.message);
      const { figures, codeAddress, blocks } = result;
      const stored = blocks.map(({ address, size }) => memory.read(address, size));
      return { figures, codeAddress, stored, lines: result.lines, symbols: [...result.symbols] };
    });
    expect(images[1]).toEqual(images[0]);
  });

  test("what cannot be laid out is refused by who loads it", () => {
    const object = { sections: [text([0xc3], { align: 1 << 16 })], symbols: [] };
    const { memory, pools } = program();
    const read = readNative(buildObject(object), memory.pageSize);
    expect(read.layout).toBeUndefined();
    const environment: NativeEnvironment = {
      machine: "x86_64",
      pools,
      symbols: new NativeSymbolTable(),
    };
    const result = loadNative(read, environment);
    expect(result.kind === "refused" && result.reasons[0]).toContain("is aligned to 65536");
  });

  test("another ABI, and no linear memory", () => {
    expect(
      program({ process, abiHash: "other", linear }).reasons(fixture("x86_64-anneal.o")),
    ).toEqual(["made for ABI `test`, the program has `other`"]);
    expect(program({ process }).reasons(fixture("x86_64-anneal.o"))[0]).toContain("linear memory");
  });
});
