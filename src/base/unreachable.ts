/** For the default of an exhaustive switch: a type error when a case is missing, a throw at run time. */
export function unreachable(value: never): never {
  throw new Error(`unreachable case: ${JSON.stringify(value)}`);
}
