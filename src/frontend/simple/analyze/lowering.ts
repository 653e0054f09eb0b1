// Ties the mutually recursive parts of the analysis together.
import { lowerBranchValue } from "./branch-value.ts";
import { lowerBranches } from "./branches.ts";
import { callFunction, callValue, lowerCall } from "./calls.ts";
import { expectType } from "./convert.ts";
import { applyLambda } from "./lambdas.ts";
import type { Lowering } from "./context.ts";
import { lowerExpr } from "./expressions.ts";
import { lowerBlock, lowerTail } from "./statements.ts";

export const lowering: Lowering = {
  expr: lowerExpr,
  expectType,
  applyLambda,
  callValue,
  block: lowerBlock,
  tail: lowerTail,
  call: lowerCall,
  callFunction,
  branches: lowerBranches,
  branchValue: lowerBranchValue,
};
