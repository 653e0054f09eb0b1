// Another machine, emulated: a small C program (`sources/machine.c`) under qemu, which maps images that our loader has
// linked for fixed addresses, and calls them.
import { execFileSync, type ExecFileSyncOptions } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { NativePools, type ProcessSymbols } from "../../src/loader/native/index.ts";
import type { ElfMachine } from "../../src/object/elf/index.ts";
import { FixedMemory } from "./fixed-memory.ts";
import { hasTool } from "./oracle.ts";

interface MachineRow {
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly emulator: string;
  /** What LLVM calls there besides. */
  readonly runtime: readonly string[];
  /** Where programs are linked: on aarch64 farther from the C library than a call reaches. */
  readonly base: number;
}

const rows = {
  aarch64: {
    compiler: "aarch64-linux-gnu-gcc",
    flags: [],
    emulator: "qemu-aarch64",
    runtime: [],
    base: 0x10_0000_0000,
  },
  i686: {
    compiler: "gcc",
    // The headers of the kernel are the same for both.
    flags: ["-m32", "-idirafter", "/usr/include/x86_64-linux-gnu"],
    emulator: "qemu-i386",
    runtime:
      "divdi3 udivdi3 moddi3 umoddi3 fixdfdi fixsfdi fixunsdfdi fixunssfdi floatdidf floatdisf floatundidf floatundisf"
        .split(" ")
        .map((name) => `__${name}`),
    base: 0x2000_0000,
  },
} as const satisfies Partial<Record<ElfMachine, MachineRow>>;

/** Machines that can be emulated. */
export type EmulatedMachine = keyof typeof rows;

/** What the native runtime and generated modules call. */
const usual: readonly string[] = ["_setjmp", "longjmp", "memcpy", "memmove", "memset"].concat(
  ["floor", "ceil", "trunc"].flatMap((name) => [name, `${name}f`]),
);

const source = path.join(import.meta.dirname, "sources/machine.c");
/** For a whole batch. */
const timeout = 600_000;

/** A machine that code can be run on. */
export class Machine {
  readonly architecture: EmulatedMachine;
  /** Functions of its C library, and those that the C program has for generated modules. */
  readonly process: ProcessSymbols;
  readonly #folder: string;

  /** Builds the C program with these functions of the C library. */
  constructor(architecture: EmulatedMachine, functions: Iterable<string> = []) {
    this.architecture = architecture;
    this.#folder = mkdtempSync(path.join(tmpdir(), "anneal-machine-"));
    const { compiler, flags, runtime } = rows[architecture];
    const names = path.join(this.#folder, "names.c");
    writeFileSync(names, nameTable(new Set([...usual, ...runtime, ...functions])));
    const build = [
      ...flags,
      "-O2",
      "-static",
      "-no-pie",
      source,
      names,
      "-o",
      this.#program,
      "-lm",
    ];
    execFileSync(compiler, build, { stdio: "pipe" });
    const lines = this.#run([]).toString().trim().split("\n");
    const addresses = new Map(
      lines.map((line) => {
        const [name = "", address = ""] = line.split(" ");
        return [name, Number.parseInt(address, 16)];
      }),
    );
    this.process = { address: (name) => addresses.get(name) };
  }

  /** Why there is no such machine here, for the names of tests; empty if there is one. */
  static whyNot(architecture: EmulatedMachine): string {
    const { compiler, flags, emulator } = rows[architecture];
    const lacking = [compiler, emulator].filter((tool) => !hasTool(tool));
    if (lacking.length > 0) return ` (skipped: no ${lacking.join(", ")} on this machine)`;
    const probe: ExecFileSyncOptions = {
      input: "#include <stdio.h>\n",
      stdio: ["pipe", "ignore", "ignore"],
    };
    try {
      execFileSync(compiler, [...flags, "-E", "-x", "c", "-"], probe);
      const libc = execFileSync(compiler, [...flags, "-print-file-name=libc.a"])
        .toString()
        .trim();
      return libc.includes("/") ? "" : ` (skipped: ${compiler} has no static C library)`;
    } catch {
      return ` (skipped: ${compiler} ${flags.join(" ")} has no C library)`;
    }
  }

  /** Empty pools at the address where the machine has room for programs. */
  openPools(): { readonly pools: NativePools; readonly memory: FixedMemory } {
    const memory = new FixedMemory(rows[this.architecture].base);
    const size = 1 << 22;
    return { memory, pools: new NativePools(memory, { code: size, metadata: size, data: size }) };
  }

  /** Carries out commands; what they have written. */
  run(commands: Commands): Answers {
    this.#run([this.#output, this.#dispatches], commands.bytes());
    return new Answers(readFileSync(this.#output));
  }

  /** The calls of the dispatcher in the last run, up to the one that had no answer. */
  dispatches(): Answers {
    return new Answers(readFileSync(this.#dispatches));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  get #output(): string {
    return path.join(this.#folder, "output");
  }

  get #dispatches(): string {
    return path.join(this.#folder, "dispatches");
  }

  get #program(): string {
    return path.join(this.#folder, "machine");
  }

  #run(args: readonly string[], input?: Uint8Array): Buffer {
    const { emulator } = rows[this.architecture];
    if (input === undefined) return execFileSync(emulator, [this.#program, ...args], { timeout });
    // A file, as pipes of this size take long.
    const file = path.join(this.#folder, "input");
    writeFileSync(file, input);
    const command = `exec "$0" "$@" <"${file}"`;
    return execFileSync("sh", ["-c", command, emulator, this.#program, ...args], { timeout });
  }
}

/** C that has the addresses of functions, whatever their types. */
function nameTable(names: ReadonlySet<string>): string {
  const all = [...names];
  return [
    ...all.map((name, i) => `extern const char n${i} __asm__("${name}");`),
    "const struct { const char *name; const void *address; } names[] = {",
    ...all.map((name, i) => `  {"${name}", &n${i}},`),
    "  {0, 0}};",
    "",
  ].join("\n");
}

/** The numbers of commands in `machine.c`. */
const commandNumbers = {
  stop: 0,
  map: 1,
  unmap: 2,
  generated: 3,
  plain: 4,
  show: 5,
  answer: 6,
} as const;
const accessNumbers = { read: 0, "read-execute": 1, writable: 2 } as const;

/** Commands for the C program. */
export class Commands {
  readonly #parts: Uint8Array[] = [];

  /** Maps all committed pages of a memory. */
  map(memory: FixedMemory): void {
    for (const { address, bytes, state } of memory.pages()) {
      this.#words(commandNumbers.map, address, bytes.length, accessNumbers[state], bytes.length);
      this.#parts.push(bytes.slice());
    }
  }

  unmap(memory: FixedMemory): void {
    for (const { address, bytes } of memory.pages()) {
      this.#words(commandNumbers.unmap, address, bytes.length);
    }
  }

  /** Calls `f` of a generated module: the words that `call_generated` reads. */
  generated(words: readonly (number | bigint)[]): void {
    this.#words(commandNumbers.generated, ...words);
  }

  /** Calls a C function with words of the size of a pointer; the answer is a word. */
  call(address: number, ...args: readonly number[]): void {
    this.#words(commandNumbers.plain, address, ...[0, 1, 2, 3, 4, 5].map((i) => args[i] ?? 0));
  }

  /** The answer is so many bytes. */
  show(address: number, size: number): void {
    this.#words(commandNumbers.show, address, size);
  }

  /**
   * What `host:dispatch` leaves in its cells, call for call, all cells of an answer one after the other. `stackCell` holds
   * the address of what the caller has on the stack.
   */
  answer(
    { stackCell, cells }: { readonly stackCell: number; readonly cells: readonly MachineCell[] },
    answers: readonly Uint8Array[],
  ): void {
    const places = cells.flatMap(({ address, size }) => [address, size]);
    this.#words(commandNumbers.answer, stackCell, cells.length, ...places, answers.length);
    this.#parts.push(...answers);
  }

  /** All commands, and the end. */
  bytes(): Uint8Array {
    this.#words(commandNumbers.stop);
    return Buffer.concat(this.#parts);
  }

  #words(...words: readonly (number | bigint)[]): void {
    const view = new DataView(new ArrayBuffer(8 * words.length));
    words.forEach((word, i) => view.setBigInt64(8 * i, BigInt(word), true));
    this.#parts.push(new Uint8Array(view.buffer));
  }
}

/** Memory of the machine. */
export interface MachineCell {
  readonly address: number;
  readonly size: number;
}

/** Bytes of the stack that are noted with a call of `host:dispatch`. */
export const stackShown = 256;

/** What commands have written, in their order. */
export class Answers {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // A slice of a `Buffer` would be no copy.
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  word(): bigint {
    this.#at += 8;
    return this.#view.getBigInt64(this.#at - 8, true);
  }

  /** A word that is a safe integer. */
  number(): number {
    return Number(this.word());
  }

  bytes(size: number): Uint8Array {
    this.#at += size;
    return this.#bytes.slice(this.#at - size, this.#at);
  }

  /** Whether all has been read. */
  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }
}
