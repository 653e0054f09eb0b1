// Ties the mutually recursive parts of the analysis together.
import { lowerBranchValue } from "./branch-value.ts";
import { lowerBranches } from "./branches.ts";
import { callFunction, callInstance, callUser, callValue, lowerCall } from "./calls.ts";
import { expectType } from "./convert.ts";
import { copyObject } from "./copiers.ts";
import { applyLambda, functionValue } from "./lambdas.ts";
import {
  anyElement,
  anyMember,
  anySlice,
  holdsTrait,
  holdsTuple,
  storeAnyMember,
} from "./any-members.ts";
import { typeIds } from "./type-ids.ts";
import type { Lowering } from "./context.ts";
import { lowerExpr } from "./expressions.ts";
import { lowerTruth } from "./options.ts";
import { returnValue } from "./returns.ts";
import { traitFunction } from "./traits.ts";
import { lowerBlock, lowerGroup, lowerTail } from "./statements.ts";

export const lowering: Lowering = {
  expr: lowerExpr,
  group: lowerGroup,
  expectType,
  applyLambda,
  callValue,
  block: lowerBlock,
  tail: lowerTail,
  call: lowerCall,
  callFunction,
  callInstance,
  functionValue,
  typeIds,
  anyElement,
  anyMember,
  anySlice,
  holdsTrait,
  holdsTuple,
  storeAnyMember,
  returnValue,
  callUser,
  traitFunction,
  copy: copyObject,
  condition: lowerTruth,
  branches: lowerBranches,
  branchValue: lowerBranchValue,
};
