// Float functions of the host that native code can call without JavaScript: those that JavaScript's own run. V8 exports
// its functions under C++'s names, and they are taken only where they agree to the bit with `Math` on a list of numbers, so
// that a program computes the same in every tier. A call of the host takes some hundred times as long.
import type { NativeHost } from "../../loader/native/index.ts";
import { mathHost } from "../../runtime/index.ts";

type MathSymbol = keyof typeof mathHost;

/** Names in the process: `v8::base::ieee754::sin(double)` and so on; the remainder, which is exact, is C's. */
const processNames: Readonly<Record<MathSymbol, string>> = {
  rt_exp: "_ZN2v84base7ieee7543expEd",
  rt_ln: "_ZN2v84base7ieee7543logEd",
  rt_log2: "_ZN2v84base7ieee7544log2Ed",
  rt_log10: "_ZN2v84base7ieee7545log10Ed",
  rt_sin: "_ZN2v84base7ieee7543sinEd",
  rt_cos: "_ZN2v84base7ieee7543cosEd",
  rt_tan: "_ZN2v84base7ieee7543tanEd",
  rt_asin: "_ZN2v84base7ieee7544asinEd",
  rt_acos: "_ZN2v84base7ieee7544acosEd",
  rt_atan: "_ZN2v84base7ieee7544atanEd",
  rt_atan2: "_ZN2v84base7ieee7545atan2Edd",
  rt_tanh: "_ZN2v84base7ieee7544tanhEd",
  rt_pow: "_ZN2v84base7ieee7543powEdd",
  rt_fmod: "fmod",
};

/** Numbers at which functions like to differ, and some of every size. */
function sampleNumbers(): readonly number[] {
  const samples = [0, -0, 1, -1, 0.5, 2, 3, 10, Infinity, -Infinity, Number.NaN];
  samples.push(Number.MIN_VALUE, Number.MAX_VALUE, Math.PI / 2, 1e22);
  let state = 1;
  for (let exponent = -60; exponent <= 60; exponent += 4) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const part = 1 + state / 2_147_483_648;
    samples.push((exponent % 8 === 0 ? 1 : -1) * part * 2 ** exponent, part * exponent);
  }
  return samples;
}

/** The functions of one process. */
export class ProcessMath {
  readonly #host: NativeHost;
  /** What was asked for: the address, or null if there is none that agrees. */
  readonly #known = new Map<string, number | null>();

  constructor(host: NativeHost) {
    this.#host = host;
  }

  /** The address of a C function that does the same as a host function, or undefined. */
  address(symbol: string): number | undefined {
    if (!isMathSymbol(symbol)) return undefined;
    const known = this.#known.get(symbol);
    if (known !== undefined) return known ?? undefined;
    const address = this.#host.process.address(processNames[symbol]);
    const good = address !== undefined && this.#agrees(symbol, address);
    this.#known.set(symbol, good ? address : null);
    return good ? address : undefined;
  }

  #agrees(symbol: MathSymbol, address: number): boolean {
    const ours: (...args: number[]) => number = mathHost[symbol];
    const types = Array.from({ length: ours.length }, () => "double");
    const theirs = this.#host.callable(address, "double", types);
    const samples = sampleNumbers();
    return samples.every((first, i) => {
      const args = [first, samples[(i * 7 + 3) % samples.length] ?? 1].slice(0, ours.length);
      return Object.is(theirs(...args), ours(...args));
    });
  }
}

function isMathSymbol(symbol: string): symbol is MathSymbol {
  return Object.hasOwn(processNames, symbol);
}
