// What callers without a type checker may get wrong.
import { arrayTypes, type KernelDefinition } from "./definition.ts";
import { KernelError } from "./error.ts";
import type { KernelRequestOptions, KernelsOptions } from "./kernels.ts";

/** Throws `KernelError` for a definition that is none; its source is not looked at. */
export function checkDefinition(definition: KernelDefinition): void {
  checkObject(definition, "a definition");
  const { name, source, sizes, arrays, tiles } = definition;
  if (typeof name !== "string") throw new KernelError("a definition has a `name`, a text");
  const refuse = (what: string): never => {
    throw new KernelError(`the definition of \`${name}\` ${what}`);
  };
  if (typeof source !== "string") refuse("has no `source`, a text");
  if (!isTexts(sizes)) refuse("has no `sizes`, a list of names");
  if (!Array.isArray(arrays)) refuse("has no `arrays`, a list");
  if (tiles !== undefined && typeof tiles !== "function")
    refuse("has `tiles` that are no function");
  for (const array of arrays) {
    checkObject(array, `an array of \`${name}\``);
    if (!Object.hasOwn(arrayTypes, array.element)) {
      const known = Object.keys(arrayTypes).join(", ");
      refuse(`has an array of \`${String(array.element)}\`, expected one of ${known}`);
    }
    if (!isTexts(array.sizes)) refuse(`has an array \`${array.name}\` without \`sizes\``);
    const unknown = array.sizes.find((size: string) => !sizes.includes(size));
    if (unknown !== undefined) refuse(`has no size \`${unknown}\`, which \`${array.name}\` has`);
  }
}

/** Throws `KernelError` for options of a kernel that are none. */
export function checkRequest(options: KernelRequestOptions): void {
  checkObject(options, "options of a kernel");
  for (const name of ["reassociate", "vectorise"] as const) {
    const value: unknown = options[name] ?? false;
    if (typeof value !== "boolean") throw new KernelError(`\`${name}\` must be true or false`);
  }
}

/** Throws `KernelError` for options of all kernels that are none. */
export function checkOpening(options: KernelsOptions): void {
  checkObject(options, "options");
  const { cache, target } = options;
  if (cache !== undefined && (typeof cache?.get !== "function" || typeof cache.put !== "function"))
    throw new KernelError("`cache` must have the functions `get` and `put`", "see `folderCache`");
  if (target === undefined) return;
  checkObject(target, "`target`");
  for (const text of [target.cpu, target.features]) {
    if (typeof text !== "string")
      throw new KernelError("`target` has the texts `cpu` and `features`");
  }
}

function checkObject(value: unknown, what: string): void {
  if (typeof value === "object" && value !== null) return;
  throw new KernelError(`${what} must be an object, found ${String(value)}`);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
