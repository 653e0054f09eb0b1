// What the standard streams are connected to.
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import type { Terminal } from "./protocol.ts";
import type { Environment } from "./settings.ts";

function isTerminal(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && isatty(descriptor);
  } catch {
    return false;
  }
}

/** Colour goes to a terminal only, and never where `NO_COLOR` is set (https://no-color.org). */
export function inspectTerminal(environment: Environment): Terminal {
  const wanted = (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  return { interactive: isTerminal(1), colour: wanted && isTerminal(2) };
}
