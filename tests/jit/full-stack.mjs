// Calls between JavaScript and native code where next to nothing of the stack is left, for full-stack.test.ts: a process of its
// own, as imports of the test runner are undefined where the stack is full. Prints a line of JSON for each function.
import { Jit } from "anneal/jit";

/** How many depths of the stack are tried, each for frames of these numbers of arguments. */
const depths = 500;
const frames = [0, 1, 2, 3, 5, 8];

const module = `
@returned = internal global i64 0
define i64 @returns() {
  %n = load i64, ptr @returned
  ret i64 %n
}
define i64 @apply(ptr %f, i64 %x) {
  %r = call i64 %f(i64 %x)
  %n = load i64, ptr @returned
  %more = add i64 %n, 1
  store i64 %more, ptr @returned
  %s = add i64 %r, 1
  ret i64 %s
}
define i64 @twice(ptr %f, i64 %x) {
  %a = call i64 %f(i64 %x)
  %b = call i64 %f(i64 %a)
  ret i64 %b
}
`;

/** Fills the stack, and does something at each of some depths on the way back. */
function atDepths(size, act) {
  let left = depths;
  const dive = (...args) => {
    try {
      dive(...args);
    } catch {
      // The stack is full there.
    }
    if (left === 0) return;
    left -= 1;
    act();
  };
  dive(...Array.from({ length: size }, () => 0));
}

/** What calls of a function give at each depth: results, and errors as texts. */
function outcomesOf(call) {
  const outcomes = [];
  let at = 0;
  for (const size of frames) {
    // Nothing is called here but what is tested: there may be no room for more.
    atDepths(size, () => {
      try {
        outcomes[at] = call(BigInt(at));
      } catch (error) {
        outcomes[at] = error;
      }
      at += 1;
    });
  }
  return outcomes.map(String);
}

const jit = Jit.create({ top: 0 });
jit.loadMemory(module, "m");
const [apply, twice, returns] = ["apply", "twice", "returns"].map((name) => jit.find(name));
const types = { params: ["i64"], result: "i64" };
const half = jit.callback(types, (x) => x / 2n);
const nested = jit.callback(types, (x) => apply.call(half.address, x));
for (const [name, fn, { address }] of [
  ["apply", apply, half],
  ["twice", twice, half],
  ["apply, nested", apply, nested],
]) {
  const before = returns.call();
  const outcomes = outcomesOf((x) => fn.call(address, x));
  const returned = Number(returns.call() - before);
  console.log(JSON.stringify({ name, outcomes, returned, stackInUse: jit.stackInUse }));
}
jit.destroy();
