// Requests for which nobody waits any more: the editor has interrupted the evaluation, or the device is gone.
import type { ToWorker } from "./workers.ts";

/** Whether what has come after a request makes its answer useless, so that nothing need be compiled for it. */
export function isAbandoned(request: ToWorker, later: readonly ToWorker[]): boolean {
  if (request.kind !== "work" || request.message.kind !== "compile") return false;
  for (const one of later) {
    if (one.connection !== request.connection) continue;
    if (one.kind === "close") return true;
    if (one.kind !== "work") continue;
    const { message } = one;
    if (message.kind === "loaded") return message.body.outcome === "dropped";
    // What became of the object is said before the next one is asked for, if anybody cares.
    if (message.kind === "compile") return later.some((two) => endsConnection(two, one.connection));
  }
  return false;
}

function endsConnection(message: ToWorker, connection: number): boolean {
  return message.kind === "close" && message.connection === connection;
}
