// When evaluations are rehearsed, and when not.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EvaluationEvent, EvaluationRequest, Evaluator, RehearsalEnd } from "./evaluator.ts";
import { Rehearsals } from "./rehearsals.ts";

const none = (): Promise<never[]> => Promise.resolve([]);

/** Ends as it is told, after a millisecond each. */
class Stage implements Evaluator {
  readonly versions = { words: "1" };
  readonly initialNamespace = "user";
  readonly turns: number[] = [];
  readonly ends: (turn: number) => RehearsalEnd;
  openSession = (): void => {};
  closeSession = (): void => {};
  input = (): void => {};
  completions = none;
  namespaces = none;
  evaluate = () => Promise.resolve("done" as const);
  lookup = () => Promise.resolve(null);
  rollback = () => Promise.resolve({ left: 0, changed: [] });
  watchOutput = () => () => {};

  constructor(ends: (turn: number) => RehearsalEnd) {
    this.ends = ends;
  }

  async rehearse(turn: number, emit: (event: EvaluationEvent) => void): Promise<RehearsalEnd> {
    this.turns.push(turn);
    emit({ kind: "value", text: `${turn}`, namespace: "user" });
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    return this.ends(turn);
  }
}

/** Its client asks for an evaluation, whatever it writes. */
function rehearse(stage: Stage): Rehearsals {
  const rehearsals: Rehearsals = new Rehearsals(stage, (answered) => ({
    write: () => {
      const request = { signal: new AbortController().signal } as EvaluationRequest;
      rehearsals.evaluator.evaluate(request, () => {}).then(answered, answered);
    },
    destroy: () => {},
  }));
  return rehearsals;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("come one after the other while no client asks, until there is nothing more to gain", async () => {
  const stage = new Stage((turn) => (turn === 3 ? "over" : "done"));
  const rehearsals = rehearse(stage);
  await vi.advanceTimersByTimeAsync(40);
  expect(stage.turns).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(stage.turns).toEqual([0, 1, 2, 3]);
  rehearsals.close();
});

it("wait while clients ask", async () => {
  const stage = new Stage(() => "done");
  const rehearsals = rehearse(stage);
  for (let time = 0; time < 20; time += 1) {
    await vi.advanceTimersByTimeAsync(30);
    rehearsals.asked();
  }
  expect(stage.turns).toEqual([]);
  await vi.advanceTimersByTimeAsync(60);
  const before = stage.turns.length;
  expect(before).toBeGreaterThan(0);
  rehearsals.asked();
  await vi.advanceTimersByTimeAsync(40);
  expect(stage.turns.length - before).toBeLessThanOrEqual(1);
  rehearsals.close();
  await vi.advanceTimersByTimeAsync(5000);
  expect(stage.turns.length - before).toBeLessThanOrEqual(1);
});

it("try again later while the program runs", async () => {
  let busy = true;
  const stage = new Stage(() => (busy ? "busy" : "done"));
  const rehearsals = rehearse(stage);
  await vi.advanceTimersByTimeAsync(3500);
  expect(stage.turns).toEqual([0, 0, 0, 0]);
  busy = false;
  await vi.advanceTimersByTimeAsync(1100);
  expect(stage.turns.at(-1)).toBeGreaterThan(5);
  rehearsals.close();
});

it("take a few seconds at most, and end when the evaluator fails", async () => {
  const slow = new Stage(() => "done");
  const first = rehearse(slow);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(slow.turns.length).toBeLessThan(5000);
  first.close();
  const broken = new Stage(() => {
    throw new Error("gone");
  });
  const second = rehearse(broken);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(broken.turns).toEqual([0]);
  second.close();
});
