// Definitions to objects.
import { DiagnosticSink, preludePath, SourceFile, type Diagnostic } from "../base/index.ts";
import { LlvmError, type KernelFacts, type LlvmCompiler } from "../codegen/llvm/index.ts";
import { buildKernel, compileKernel, parameterNames } from "../compiler/index.ts";
import { compileLowLevel } from "../frontend/simple/index.ts";
import type { HirModule } from "../ir/hir/index.ts";
import { tilesOf, type KernelDefinition, type KernelShape } from "./definition.ts";
import { KernelError } from "./error.ts";
import { describeShape } from "./shape.ts";

/** How a kernel is made. */
export interface KernelVariant {
  /** Sizes that become constants; undefined for a kernel that takes them when it is called. */
  readonly shape: KernelShape | undefined;
  readonly reassociate: boolean;
  readonly vectorise: boolean;
}

/** A kernel that can be compiled, and a text that says all that its code depends on but the machine. */
export interface KernelUnit {
  readonly text: string;
  /** Throws `KernelError`. */
  readonly compile: () => Uint8Array;
}

/** Checks a definition's source, and makes it ready. Throws `KernelError`. */
export function prepareUnit(
  definition: KernelDefinition,
  { shape, reassociate, vectorise }: KernelVariant,
  compiler: LlvmCompiler,
): KernelUnit {
  const hir = readSource(definition);
  const { name, arrays } = definition;
  const constants = shape === undefined ? {} : { ...shape, ...tilesOf(definition, shape) };
  const module = buildKernel(hir, { entry: name, constants });
  const makes = module.functions.some(({ blocks }) =>
    blocks.some(({ insts }) => insts.some(({ op }) => op === "new")),
  );
  if (makes) throw new KernelError(`\`${name}\` makes objects, which a kernel cannot`);
  const facts: KernelFacts = {
    entry: name,
    arrays: arrays.map((_, i) => i),
    reassociate,
    vectorise: vectorise && (reassociate || definition.sumsInOrder !== true),
  };
  const { text, object } = compileKernel(module, facts, compiler);
  const compile = (): Uint8Array => {
    try {
      return object();
    } catch (error) {
      if (!(error instanceof LlvmError)) throw error;
      const what = shape === undefined ? name : describeShape(definition, shape);
      throw new KernelError(`libLLVM cannot compile ${what}: ${error.message}`);
    }
  };
  return { text, compile };
}

function readSource(definition: KernelDefinition): HirModule {
  const { name, source, arrays, sizes } = definition;
  const sink = new DiagnosticSink();
  const file = new SourceFile(preludePath, source);
  const hir = compileLowLevel(file, sink);
  if (hir === null || sink.all.length > 0) {
    const messages = sink.all.map((message) => describe(file, name, message));
    throw new KernelError(messages.join("\n"));
  }
  const fn = hir.functions.find(({ symbol }) => symbol === name);
  if (fn === undefined) {
    throw new KernelError(`the source of the kernel \`${name}\` has no function \`${name}\``);
  }
  if (fn.locals.slice(0, fn.parameterCount).some(({ type }) => type !== "u32")) {
    throw new KernelError(`\`${name}\` has parameters that are no \`u32\``);
  }
  const ones = Object.fromEntries(sizes.map((size) => [size, 1]));
  const wanted = [
    ...arrays.map((array) => array.name),
    ...sizes,
    ...Object.keys(tilesOf(definition, ones)),
  ];
  const found = parameterNames(hir, name);
  if (found.join() === wanted.join()) return hir;
  throw new KernelError(
    `\`${name}\` has the parameters (${found.join(", ")}), its definition says (${wanted.join(", ")})`,
  );
}

function describe(file: SourceFile, name: string, { message, span, help }: Diagnostic): string {
  const { line, column } = file.position(span?.start ?? 0);
  return `${name}:${line}:${column}: ${message}${help === undefined ? "" : ` (${help})`}`;
}
