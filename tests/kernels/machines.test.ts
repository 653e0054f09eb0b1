// The kernels that come with Anneal, made for another processor: linked here for fixed addresses, run there under qemu.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { LlvmCompiler } from "../../src/codegen/llvm/index.ts";
import { catalogKernel, type CatalogName } from "../../src/kernels/catalog.ts";
import { prepareUnit } from "../../src/kernels/compile.ts";
import { tilesOf } from "../../src/kernels/definition.ts";
import { loadNative } from "../../src/loader/native/index.ts";
import { currentAbi, symbolNames } from "../../src/runtime/index.ts";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { Commands, Machine } from "../native/machine.ts";
import { fillInput, plainMatmul } from "./oracle.ts";

const read = (file: string): string =>
  readFileSync(new URL(`../../src/kernels/${file}`, import.meta.url), "utf8");

const types = ["f32", "i8"] as const;
const names = ["matmul", "matvec"] as const;
const inputs = { f32: Float32Array, i8: Int8Array };
const results = { f32: Float32Array, i8: Int32Array };
const noNames = { lookup: () => undefined, nearest: () => [] };
const abiHash = currentAbi();

/** Bytes of the frame and between arrays. */
const spacing = 128;

/** As LLVM knows them: the least, one with products of bytes, one with vectors of any length. */
const processors = ["generic", "neoverse-n1", "neoverse-v1"] as const;

/** The first are made for, all are given to the kernel for any shape. */
const shapes = [
  { m: 5, n: 7, k: 9 },
  { m: 13, n: 31, k: 131 },
  { m: 1, n: 1, k: 1 },
  { m: 4, n: 16, k: 40 },
  { m: 6, n: 530, k: 3 },
];

type Sizes = (typeof shapes)[number];

interface KernelCall {
  readonly name: CatalogName;
  readonly type: "f32" | "i8";
  readonly sizes: Sizes;
  /** Whether the sizes are constants in the code. */
  readonly fixed: boolean;
}

/** All numbers and the place for the result, as bytes from `base`; the frame is in front of them. */
class CallMemory {
  readonly frame: number;
  readonly result: number;
  readonly size: number;

  constructor(
    machine: EmulatedMemory,
    arrays: readonly ArrayBufferView[],
    sizes: readonly number[],
  ) {
    const { pools, memory } = machine;
    const rounded = arrays.map(({ byteLength }) => Math.ceil(byteLength / spacing) * spacing);
    const whole = rounded.reduce((sum, size) => sum + size, spacing);
    this.frame = pools.allocate("data", whole)?.address ?? 0;
    let end = spacing;
    const places = rounded.map((size) => (end += size) - size);
    arrays.forEach(({ buffer }, i) =>
      memory.write(this.frame + (places[i] ?? 0), new Uint8Array(buffer)),
    );
    const words = BigUint64Array.from([...places, ...sizes].map(BigInt));
    memory.write(this.frame, new Uint8Array(words.buffer));
    this.result = this.frame + (places.at(-1) ?? 0);
    this.size = arrays.at(-1)?.byteLength ?? 0;
  }
}

type EmulatedMemory = ReturnType<Machine["openPools"]>;

interface Calls {
  readonly machine: Machine;
  readonly compiler: LlvmCompiler;
  readonly commands: Commands;
  /** By the text that they are made from. */
  readonly objects: Map<string, Uint8Array>;
}

/** Compiles and links a kernel, and adds the commands that call it and show its result. */
function addCall({ machine, compiler, commands, objects }: Calls, call: KernelCall): void {
  const { name, type, fixed } = call;
  const { process } = machine;
  const opened = machine.openPools();
  const definition = catalogKernel(name, type, read);
  const shape = Object.fromEntries(
    Object.entries(call.sizes).filter(([size]) => definition.sizes.includes(size)),
  );
  const variant = { shape: fixed ? shape : undefined, reassociate: false, vectorise: true };
  const unit = prepareUnit(definition, variant, compiler);
  const object = objects.get(unit.text) ?? unit.compile();
  objects.set(unit.text, object);
  const options = { machine: "aarch64", symbols: noNames, process, abiHash } as const;
  const loaded = loadNative(object, { ...options, pools: opened.pools });
  if (loaded.kind === "refused") throw new Error(loaded.message);
  const sizes = fixed
    ? []
    : [...Object.values(shape), ...Object.values(tilesOf(definition, shape))];
  const result = new results[type](resultLength(call)).fill(99);
  const placed = new CallMemory(opened, [...inputsOf(call), result], sizes);
  const entry = loaded.symbols.get(symbolNames.enter(name))?.address ?? 0;
  commands.map(opened.memory);
  commands.call(entry, placed.frame, placed.frame);
  commands.show(placed.result, placed.size);
  commands.unmap(opened.memory);
}

function resultLength({ name, sizes: { m, n } }: KernelCall): number {
  return name === "matmul" ? m * n : m;
}

function inputsOf({ name, type, sizes: { m, n, k } }: KernelCall) {
  const a = fillInput(new inputs[type](m * k), m + 3 * n);
  return [a, fillInput(new inputs[type](name === "matmul" ? k * n : k), k + 7 * m)] as const;
}

/** The results of kernels, all called in one process of the machine. */
function runKernels(
  machine: Machine,
  compiler: LlvmCompiler,
  calls: readonly KernelCall[],
): number[][] {
  const commands = new Commands();
  const all = { machine, compiler, commands, objects: new Map<string, Uint8Array>() };
  for (const call of calls) addCall(all, call);
  const answers = machine.run(commands);
  return calls.map((call) => {
    // A kernel returns nothing, but the machine shows what was in the register.
    answers.word();
    const result = new results[call.type](resultLength(call));
    new Uint8Array(result.buffer).set(answers.bytes(result.byteLength));
    return [...result];
  });
}

const why = whyNoLlvm === "" ? Machine.whyNot("aarch64") : whyNoLlvm;

describe.skipIf(why !== "")(`kernels for aarch64${why}`, () => {
  if (llvm === undefined || why !== "") return;
  const library = llvm;
  const machine = new Machine("aarch64");
  afterAll(() => machine.close());

  it.each(processors)("are the plain loops on %s", { timeout: 120_000 }, (cpu) => {
    const compiler = new LlvmCompiler(library, { architecture: "aarch64", cpu });
    const kernels = types.flatMap((type) => names.map((name) => ({ type, name })));
    const calls = kernels.flatMap((kernel) => [
      ...shapes.map((sizes) => ({ ...kernel, sizes, fixed: false })),
      ...shapes.slice(0, 2).map((sizes) => ({ ...kernel, sizes, fixed: true })),
    ]);
    const found = runKernels(machine, compiler, calls);
    compiler.dispose();
    calls.forEach((call, i) => {
      const { m, n, k } = call.sizes;
      const sizes = { m, n: call.name === "matmul" ? n : 1, k };
      const expected = plainMatmul(call.type, sizes, inputsOf(call));
      expect(found[i], JSON.stringify(call)).toEqual(expected);
    });
  });
});
