import { describe, expect, it } from "vitest";
import { nativeBackend } from "../engine/native-backend.ts";
import { whyNoLlvm } from "../native/llvm.ts";
import { runCampaign, runsOf } from "./simple-campaign.ts";

/** CI runs more: NATIVE_FUZZ_RUNS=1000. */
const runs = Number(process.env["NATIVE_FUZZ_RUNS"] ?? 15);

describe.skipIf(nativeBackend === undefined)(
  `generated programs in native code${whyNoLlvm}`,
  () => {
    it(`agree with the interpreter, seeds 1 to ${runs}`, { timeout: 20_000 + runs * 2000 }, () => {
      const reports: string[] = [];
      const result = runCampaign({
        firstSeed: 1,
        count: runs,
        mostDifferences: 3,
        runs: runsOf.native,
        onDifference: (seed, source, { executor, expected, found }) => {
          reports.push(
            `seed ${seed}, ${executor}:\n${source}\nexpected:\n${expected}\nfound:\n${found}`,
          );
        },
      });
      expect(reports.join("\n")).toBe("");
      expect(result.programs).toBe(runs);
    });
  },
);
