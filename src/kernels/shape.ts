// Checks of what a kernel is asked for.
import { arrayTypes, type KernelDefinition, type KernelShape } from "./definition.ts";
import { KernelError } from "./error.ts";

/** Bytes of an array at most. */
export const mostArrayBytes = 2 ** 31 - 1;

/** Throws `KernelError` for a shape that a kernel cannot have. */
export function checkShape(definition: KernelDefinition, shape: KernelShape): void {
  const { name, sizes } = definition;
  // Callers without a type checker may leave it out.
  const [found, wanted] = [Object.keys(shape ?? {}), [...sizes]];
  if (found.toSorted().join() !== wanted.toSorted().join()) {
    const given = found.length === 0 ? "none" : found.join(", ");
    throw new KernelError(`\`${name}\` has the sizes ${wanted.join(", ")}, found ${given}`);
  }
  for (const size of sizes) {
    const value = shape[size] ?? 0;
    if (Number.isInteger(value) && value >= 1) continue;
    throw new KernelError(`${size} of \`${name}\` is ${value}, expected an integer of at least 1`);
  }
  for (const array of definition.arrays) {
    const bytes = elementCount(array.sizes, shape) * arrayTypes[array.element].BYTES_PER_ELEMENT;
    if (bytes <= mostArrayBytes) continue;
    throw new KernelError(
      `\`${array.name}\` of ${describeShape(definition, shape)} would have ${bytes} bytes, at most ${mostArrayBytes} are possible`,
      "compute it in parts",
    );
  }
}

/** The number of elements of an array with these sizes. */
export function elementCount(sizes: readonly string[], shape: KernelShape): number {
  return sizes.reduce((product, size) => product * (shape[size] ?? 1), 1);
}

/** `matmul(m 512, n 512, k 512)`. */
export function describeShape({ name, sizes }: KernelDefinition, shape: KernelShape): string {
  return `${name}(${sizes.map((size) => `${size} ${shape[size] ?? "?"}`).join(", ")})`;
}
