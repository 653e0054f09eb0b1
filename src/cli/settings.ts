// Values of options and environment variables: flags win over variables, variables over defaults.
import type { BackendChoice, Mode } from "../engine/index.ts";
import { leastHeapBudget, mostHeapBudget } from "../runtime/index.ts";
import { UsageError } from "./usage.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A raw value and where it came from, as messages name it: `--mode` or `ANNEAL_MODE`. */
interface Given {
  readonly name: string;
  readonly value: string;
}

type Parse<T> = (given: Given) => T;

/** The flag's value, else that of the first variable that is set and not empty, else undefined. */
export function setting<T>(
  flag: { readonly name: string; readonly value: string | undefined },
  variables: readonly string[],
  environment: Environment,
  parse: Parse<T>,
): T | undefined {
  if (flag.value !== undefined) return parse({ name: flag.name, value: flag.value });
  for (const name of variables) {
    const value = environment[name];
    if (value !== undefined && value !== "") return parse({ name, value });
  }
  return undefined;
}

/** The value of an option that has no environment variable. */
export function given<T>(name: string, value: string | undefined, parse: Parse<T>): T | undefined {
  return setting({ name, value }, [], {}, parse);
}

function invalid(given: Given, expected: string): UsageError {
  return new UsageError(`\`${given.name}\` takes ${expected}, found \`${given.value}\``);
}

/** A parser for one word out of a list. */
export function oneOf<T extends string>(choices: readonly T[]): Parse<T> {
  return (given) => {
    const choice = choices.find((candidate) => candidate === given.value);
    if (choice === undefined) throw invalid(given, choices.join(", "));
    return choice;
  };
}

/** A parser for a whole number in a range, both ends included. */
export function wholeNumber(least: number, most: number): Parse<number> {
  return (given) => {
    const number = /^\d{1,15}$/.test(given.value) ? Number(given.value) : Number.NaN;
    if (!(number >= least && number <= most)) {
      throw invalid(given, `a whole number from ${least} to ${most}`);
    }
    return number;
  };
}

const modes: readonly Mode[] = ["auto", "jit", "interpret", "hybrid"];
const backends: readonly BackendChoice[] = ["auto", "wasm", "llvm"];
const plannedBackends: readonly string[] = ["cranelift"];

export const parseMode: Parse<Mode> = oneOf(modes);

export const parseBackend: Parse<BackendChoice> = (given) => {
  if (plannedBackends.includes(given.value)) {
    throw new UsageError(
      `\`${given.name}\`: the back end \`${given.value}\` is not available in this version`,
      `available: ${backends.join(", ")}`,
    );
  }
  return oneOf(backends)(given);
};

export const parseOptLevel: Parse<0 | 1 | 2 | 3> = (given) => {
  switch (given.value) {
    case "0":
      return 0;
    case "1":
      return 1;
    case "2":
      return 2;
    case "3":
      return 3;
    default:
      throw invalid(given, "0, 1, 2, 3");
  }
};

export const parseThreshold: Parse<number> = wholeNumber(1, 1_000_000_000);
/** 0: any that is free. */
/** Longest time that one timer can measure. */
export const parseTimeLimit: Parse<number> = wholeNumber(1, 2 ** 31 - 1);

export const parseWorkers: Parse<number> = wholeNumber(0, 64);

export const parsePort: Parse<number> = wholeNumber(0, 65_535);

/** A parser for `HOST:PORT`; the host may be an IPv6 address in brackets. */
export const parseAddress: Parse<{ readonly host: string; readonly port: number }> = (given) => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(given.value);
  const port = Number(match?.[3]);
  if (match === null || !(port >= 1 && port <= 65_535)) throw invalid(given, "HOST:PORT");
  return { host: match[1] ?? match[2] ?? "", port };
};

const yes: readonly string[] = ["1", "true", "yes", "on"];
const no: readonly string[] = ["0", "false", "no", "off"];

export const parseSwitch: Parse<boolean> = (given) => {
  if (yes.includes(given.value)) return true;
  if (no.includes(given.value)) return false;
  throw invalid(given, "1 or 0");
};

const units: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["B", 1],
  ["K", 1024],
  ["KB", 1000],
  ["KIB", 1024],
  ["M", 1024 ** 2],
  ["MB", 1000 ** 2],
  ["MIB", 1024 ** 2],
  ["G", 1024 ** 3],
  ["GB", 1000 ** 3],
  ["GIB", 1024 ** 3],
]);

function byteSize(given: Given): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-zA-Z]*)$/.exec(given.value);
  const unit = units.get((match?.[2] ?? "").toUpperCase());
  return Math.floor(Number(match?.[1]) * (unit ?? Number.NaN));
}

/** A number of bytes: `65536`, `512KiB`, `16MiB`, `10MB`. V8 holds no string beyond 512 MiB. */
export const parseByteSize: Parse<number> = (given) => {
  const bytes = byteSize(given);
  if (bytes >= 1 && bytes <= 512 * 1024 ** 2) return bytes;
  throw invalid(given, "a size up to 512MiB like 65536, 512KiB or 16MiB");
};

/** The size of a program's memory, in the same forms. */
export const parseHeapSize: Parse<number> = (given) => {
  const bytes = byteSize(given);
  if (bytes >= leastHeapBudget && bytes <= mostHeapBudget) return bytes;
  throw invalid(given, "a size from 1MiB to 2GiB like 4MiB or 1GiB");
};

/** A size for people: `10 B`, `4 MiB`, `9.5 MiB`. */
export function formatByteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "KiB"] : [bytes / 1024 ** 2, "MiB"];
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${unit}`;
}
