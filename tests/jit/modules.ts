// Modules for tests, as text, and whether this machine can run them.
import { Jit, JitError, type JitEvent, type JitOptions } from "../../src/jit/index.ts";

/** The recursion of the scenario, with a function that calls it many times. */
export const fibonacci = `
define i64 @fib(i64 %n) {
  %small = icmp slt i64 %n, 2
  br i1 %small, label %base, label %step
base:
  ret i64 %n
step:
  %a = sub i64 %n, 1
  %b = sub i64 %n, 2
  %x = call i64 @fib(i64 %a)
  %y = call i64 @fib(i64 %b)
  %sum = add i64 %x, %y
  ret i64 %sum
}
`;

/** A program, and what it decided. */
export interface Observed {
  readonly jit: Jit;
  readonly events: JitEvent[];
}

/** A program that keeps its decisions. */
export function openJit(options: JitOptions = {}): Observed {
  const events: JitEvent[] = [];
  const jit = Jit.create({
    from: import.meta.url,
    ...options,
    onEvent: (event) => events.push(event),
  });
  return { jit, events };
}

function reason(): string {
  try {
    openJit().jit.destroy();
    return "";
  } catch (error) {
    if (error instanceof JitError) return `${error.message}; ${error.help}`;
    throw error;
  }
}

/** Why tests are skipped, for their names; empty if they run. */
export const whyNoJit: string = ((why) => (why === "" ? "" : ` (skipped: ${why})`))(reason());
