// C libraries on other machines: objects of their compilers, linked by our loader for fixed addresses, run under qemu.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import zlib from "node:zlib";
import { loadNative, NativeSymbolTable, type LoadedNative } from "../../src/loader/native/index.ts";
import { parseElf } from "../../src/object/elf/index.ts";
import {
  compileFiles,
  compileLibrary,
  crossCompilers,
  libraryFolder,
  lua,
  whyNoLibrary,
} from "./libraries.ts";
import { Commands, Machine, type Answers, type EmulatedMachine } from "./machine.ts";

const text = Uint8Array.from(readFileSync(new URL("../../docs/language.md", import.meta.url)));
const room = 3 * text.length;

interface Program {
  readonly loaded: LoadedNative;
  /** Runs commands on the program, once. */
  readonly run: (fill: (commands: Commands, places: Places) => void) => Answers;
  readonly address: (name: string) => number;
}

interface Places {
  readonly text: number;
  readonly packed: number;
  readonly unpacked: number;
  /** Two words, which hold the sizes of the places. */
  readonly sizes: number;
}

/** What objects use and none of them defines. */
function outsideNames(objects: readonly Uint8Array[]): string[] {
  const symbols = objects.flatMap((bytes) => parseElf(bytes).symbols);
  const named = symbols.filter(({ name, binding }) => name !== "" && binding !== "local");
  const defined = new Set(named.filter(({ section }) => section !== 0).map(({ name }) => name));
  const used = named.filter(({ section, name }) => section === 0 && name !== tableName);
  return used.map(({ name }) => name).filter((name) => !defined.has(name));
}

const tableName = "_GLOBAL_OFFSET_TABLE_";

/** Loads objects for a machine, with a text in their memory. */
function load(
  architecture: EmulatedMachine,
  objects: readonly Uint8Array[],
  text: Uint8Array,
): Program {
  const machine = new Machine(architecture, outsideNames(objects));
  const { process } = machine;
  const { pools, memory } = machine.openPools();
  const symbols = new NativeSymbolTable();
  const loaded = loadNative(objects, { machine: architecture, pools, symbols, process });
  if (loaded.kind === "refused") throw new Error(loaded.message);
  const block = pools.allocate("data", text.length + 2 * room + 32);
  if (block === null) throw new Error("no memory");
  const sizes = block.address;
  const packed = sizes + 32;
  const places = { sizes, packed, unpacked: packed + room, text: packed + 2 * room };
  memory.write(places.text, text);
  const words = new DataView(new ArrayBuffer(16));
  words.setUint32(0, room, true);
  words.setUint32(8, room, true);
  memory.write(sizes, new Uint8Array(words.buffer));
  return {
    loaded,
    run: (fill) => {
      const commands = new Commands();
      commands.map(memory);
      fill(commands, places);
      return machine.run(commands);
    },
    address: (name) => {
      const symbol = loaded.symbols.get(name);
      if (symbol === undefined) throw new Error(`no ${name}`);
      return symbol.address;
    },
  };
}

const models: Readonly<Record<EmulatedMachine, readonly (readonly string[])[]>> = {
  aarch64: [["-fPIC"], ["-fno-pic", "-O0"], ["-fno-pic", "-mcmodel=large"]],
  i686: [["-fPIC"], ["-fno-pic"]],
};

describe.each<EmulatedMachine>(["aarch64", "i686"])("zlib on %s", (architecture) => {
  const why = Machine.whyNot(architecture);
  for (const compiler of crossCompilers(architecture)) {
    const lacking = why === "" ? whyNoLibrary("zlib", compiler) : why;
    test.skipIf(lacking !== "").each(models[architecture].map((flags) => [flags.join(" "), flags]))(
      `${compiler.name} -O2 %s${lacking}`,
      { timeout: 600_000 },
      async (_, flags) => {
        if (typeof flags === "string") return;
        const objects = await compileLibrary("zlib", compiler, ["-O2", ...flags]);
        const { loaded, run, address } = load(architecture, objects, text);
        const answers = run((commands, { text: from, packed, unpacked, sizes }) => {
          commands.call(address("compress"), packed, sizes, from, text.length);
          commands.show(sizes, 8);
          commands.show(packed, room);
          commands.call(address("uncompress2"), unpacked, sizes + 8, packed, sizes);
          commands.show(sizes + 8, 8);
          commands.show(unpacked, room);
          commands.call(address("crc32"), 0, from, text.length);
          commands.call(address("inflateInit_"), 0, 0, 0);
        });
        expect(answers.number()).toBe(0);
        const size = answers.number();
        const packed = answers.bytes(room).subarray(0, size);
        expect(Buffer.compare(zlib.inflateSync(packed), text)).toBe(0);
        expect(answers.number()).toBe(0);
        expect(answers.number()).toBe(text.length);
        expect(Buffer.compare(answers.bytes(room).subarray(0, text.length), text)).toBe(0);
        expect(answers.number() >>> 0).toBe(zlib.crc32(text));
        expect(answers.word() & 0xffff_ffffn).toBe(BigInt.asUintN(32, -6n));
        // The C library is farther away than a call reaches.
        if (architecture === "aarch64") expect(loaded.figures.stubs).toBeGreaterThan(5);
        expect(loaded.figures.entries > 0).toBe(flags.includes("-fPIC"));
      },
    );
  }
});

describe("Lua on aarch64", () => {
  const [compiler] = crossCompilers("aarch64");
  if (compiler === undefined) return;
  const lacking = Machine.whyNot("aarch64");
  const why = lacking === "" ? whyNoLibrary("lua", compiler) : lacking;
  test.skipIf(why !== "")(`${compiler.name} -O2${why}`, { timeout: 600_000 }, async () => {
    const flags = ["-O2", "-fPIC"];
    const shim = new URL("sources/lua-shim.c", import.meta.url).pathname;
    const own = [...compiler.flags, ...flags, "-I", libraryFolder("lua")];
    const objects = [
      ...(await compileLibrary("lua", compiler, flags)),
      ...(await compileFiles([shim], { driver: compiler.c, flags: own })),
    ];
    const program = new TextEncoder().encode(`${lua.program}\0`);
    const { run, address } = load("aarch64", objects, program);
    const answers = run((commands, { text: from }) => {
      commands.call(address("run_lua"), from);
      commands.show(address("answer"), 4096);
    });
    expect(answers.number()).toBe(0);
    const [shown] = Buffer.from(answers.bytes(4096)).toString("latin1").split("\0");
    expect(shown).toBe(lua.answer);
  });
});
