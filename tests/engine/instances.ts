// Which wasm instances V8 still keeps.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { hostWebAssembly } from "../../src/loader/index.ts";

/** Milliseconds for V8 to say what it has collected. */
const pause = 10;
const mostRounds = 20;

/** Runs with instances counted; how many of them have been collected then, at least `enough` if it comes to that. */
export async function collectedInstances(run: () => void, enough: number): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let gone = 0;
  const registry = new FinalizationRegistry(() => {
    gone += 1;
  });
  const api = hostWebAssembly();
  const { Instance } = api;
  class Counted extends Instance {
    constructor(...parts: ConstructorParameters<typeof Instance>) {
      super(...parts);
      registry.register(this, null);
    }
  }
  Object.assign(api, { Instance: Counted });
  try {
    run();
  } finally {
    Object.assign(api, { Instance });
  }
  for (let round = 0; round < mostRounds && gone < enough; round += 1) {
    collect();
    await new Promise((resolve) => {
      setTimeout(resolve, pause);
    });
  }
  return gone;
}
