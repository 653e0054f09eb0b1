// The static call graph of a HIR module: who calls whom, who can call itself again, who is entered many times. The call
// of a closure may go to every function whose slot is taken somewhere.
import { componentsOf } from "./components.ts";
import { expressionsOf, operandsOf } from "../ir/hir/index.ts";
import type { Expr, FunctionId, HirModule, Stmt } from "../ir/hir/index.ts";

/** Who calls whom in a program, by function number. */
export interface CallGraph {
  /** Functions that each function calls or takes the slot of, without repetition, in source order. */
  readonly callees: readonly (readonly FunctionId[])[];
  /** Whether the function calls another, or a closure. */
  readonly calls: readonly boolean[];
  /** Whether the function lies on a cycle of calls. */
  readonly recursive: readonly boolean[];
  /** Whether some call of the function stands in a loop, or in a function that is itself entered repeatedly. */
  readonly repeated: readonly boolean[];
}

type CallSite =
  | { readonly kind: "call"; readonly callee: FunctionId; readonly inLoop: boolean }
  /** The function's slot is taken, for a closure. */
  | { readonly kind: "slot"; readonly callee: FunctionId }
  | { readonly kind: "closure"; readonly inLoop: boolean };

interface DirectSite {
  readonly callee: number;
  readonly inLoop: boolean;
}

function slotTaken(site: CallSite): FunctionId[] {
  return site.kind === "slot" ? [site.callee] : [];
}

/** Walks every function once. */
export function buildCallGraph(module: HirModule): CallGraph {
  const sites = module.functions.map((fn) => callSites(fn.body));
  const callees = sites.map(distinctCallees);
  // One more node stands for all calls of closures.
  const closures = sites.length;
  const taken = new Set(sites.flatMap((list) => list.flatMap(slotTaken)));
  const atClosures = [...taken].map((callee): CallSite => ({
    kind: "call",
    callee,
    inLoop: false,
  }));
  const all = [...sites, atClosures].map((list) =>
    list.flatMap((site): DirectSite[] => {
      if (site.kind === "slot") return [];
      return [{ callee: site.kind === "closure" ? closures : site.callee, inLoop: site.inLoop }];
    }),
  );
  const recursive = findRecursive(all.map((list) => list.map((site) => site.callee)));
  const repeated = findRepeated(all, recursive);
  return {
    callees,
    calls: sites.map((list) => list.some((site) => site.kind !== "slot")),
    recursive: recursive.slice(0, closures),
    repeated: repeated.slice(0, closures),
  };
}

/** Functions that the statements call or take the slot of, without repetition, in source order. */
export function calleesIn(body: readonly Stmt[]): FunctionId[] {
  return distinctCallees(callSites(body));
}

function distinctCallees(sites: readonly CallSite[]): FunctionId[] {
  return [...new Set(sites.flatMap((site) => (site.kind === "closure" ? [] : [site.callee])))];
}

function callSites(body: readonly Stmt[]): CallSite[] {
  const sites: CallSite[] = [];
  const visitExpr = (expr: Expr, inLoop: boolean): void => {
    if (expr.kind === "call") sites.push({ kind: "call", callee: expr.callee, inLoop });
    if (expr.kind === "function_slot") sites.push({ kind: "slot", callee: expr.callee });
    if (expr.kind === "call_closure") sites.push({ kind: "closure", inLoop });
    for (const child of operandsOf(expr)) visitExpr(child, inLoop);
  };
  const visit = (body: readonly Stmt[], inLoop: boolean): void => {
    for (const stmt of body) {
      const looped = inLoop || stmt.kind === "while";
      for (const expr of expressionsOf(stmt)) visitExpr(expr, looped);
      if (stmt.kind === "if") {
        visit(stmt.then, inLoop);
        visit(stmt.else, inLoop);
      } else if (stmt.kind === "while") visit(stmt.body, true);
    }
  };
  visit(body, false);
  return sites;
}

function findRecursive(callees: readonly (readonly FunctionId[])[]): boolean[] {
  const recursive = callees.map((list, node) => list.includes(node));
  for (const members of componentsOf(callees)) {
    if (members.length > 1) for (const member of members) recursive[member] = true;
  }
  return recursive;
}

function findRepeated(
  sites: readonly (readonly DirectSite[])[],
  recursive: readonly boolean[],
): boolean[] {
  const repeated = [...recursive];
  const pending: number[] = [];
  const mark = (callee: FunctionId): void => {
    if (repeated[callee] === true) return;
    repeated[callee] = true;
    pending.push(callee);
  };
  repeated.forEach((is, id) => {
    if (is) pending.push(id);
  });
  for (const list of sites) for (const site of list) if (site.inLoop) mark(site.callee);
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const site of sites[id] ?? []) mark(site.callee);
  }
  return repeated;
}
