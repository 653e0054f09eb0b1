// The operation `profile`.
import type { EncodableDict } from "./bencode.ts";
import type { Evaluator } from "./evaluator.ts";
import type { Request } from "./request.ts";

/** The answer where the evaluator cannot do it. */
export const unsupported: EncodableDict = { status: ["done", "error", "unsupported"] };

/** Functions of a profile. */
const mostProfiled = 1000;
const micros = 1000;

/** Begins to count calls, ends it, or says what was counted. */
export async function answerProfile(call: {
  readonly evaluator: Evaluator;
  readonly request: Request;
  readonly reply: (message: EncodableDict) => void;
}): Promise<void> {
  const { evaluator, request, reply } = call;
  const action = request.name("action") ?? "read";
  if (evaluator.profile === undefined) return reply(unsupported);
  if (action !== "start" && action !== "stop" && action !== "read")
    return reply({ status: ["done", "error", "no-action"] });
  try {
    const { time, functions } = await evaluator.profile(action);
    reply({
      time: Math.round(time * micros),
      functions: functions.slice(0, mostProfiled).map(({ name, tier, calls, total, self }) => ({
        name,
        tier,
        calls,
        total: Math.round(total * micros),
        self: Math.round(self * micros),
      })),
      status: ["done"],
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ err: `${message}\n`, status: ["done", "error", "not-counted"] });
  }
}
