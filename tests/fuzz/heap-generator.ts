// Generates programs in Simple that use the heap, from a seed: texts, arrays, dictionaries, objects, enums, optionals, closures.
import { HeapContext } from "./heap-context.ts";
import { globalValue, heapFunction, helperLines, nominalTypes } from "./heap-declarations.ts";
import { heapStatements } from "./heap-statements.ts";
import { scalarFromHeap } from "./heap-numbers.ts";
import { templateLines } from "./heap-templates.ts";
import type { GeneratorOptions } from "./simple-generator.ts";
import { untypedFunctions } from "./simple-expressions.ts";
import { witness } from "./simple-statements.ts";
import { isShown } from "./heap-types.ts";

/** The source text of the program of a seed. The same seed and size give the same text. */
export function generateHeap(seed: number, { size }: GeneratorOptions): string {
  const context = new HeapContext(seed, scalarFromHeap);
  const { random } = context;
  nominalTypes(context);
  for (let count = random.between(0, 2); count > 0; count -= 1) globalValue(context);
  for (let count = random.between(0, 1 + (size >> 1)); count > 0; count -= 1) {
    heapFunction(context, size);
  }
  if (random.chance(50)) {
    context.line("fn main():");
    context.cost += context.inFunction("unit", true, () =>
      heapStatements(context, random.between(3, size + 4), 3),
    );
  } else {
    heapStatements(context, random.between(3, size + 4), 3);
  }
  for (const { name, type } of context.values(() => true)) {
    if (isShown(type) && !name.includes(".")) context.line(`print "${name} {${name}}"`);
  }
  context.line(`print ${witness}`);
  return `${head(context, seed, size).concat(context.lines).join("\n")}\n`;
}

function head(context: HeapContext, seed: number, size: number): string[] {
  const helpers = [...context.helpers].flatMap(([name, { kind, type }]) =>
    helperLines(name, kind, type),
  );
  return [
    `# generated: heap, seed ${seed}, size ${size}`,
    ...untypedFunctions,
    ...helpers,
    ...[...context.templates].flatMap(templateLines),
    `var ${witness} = 0`,
  ];
}
