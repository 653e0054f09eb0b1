// One MIR function as textual LLVM IR.
import { computeCfg, isReachable } from "../../analysis/index.ts";
import {
  noLocation,
  type Inst,
  type LocationId,
  type MirFunction,
  type Opcode,
} from "../../ir/mir/index.ts";
import { nativeStackLimitAddress, type TrapName, symbolNames } from "../../runtime/index.ts";
import { baseName, Body } from "./body.ts";
import { trapCall, writeInstruction } from "./instructions.ts";
import { FunctionLocations } from "./locations.ts";
import { globalName, llvmType, resultType } from "./names.ts";
import type { ModuleScope } from "./scope.ts";

/**
 * The attributes of functions, as group 0, and as group 1, where there is one, those of a function that runs once: frames can be
 * walked, and each call has one. The pipelines of a level turn SIMD on whatever they are told; only the attribute keeps both passes
 * from it.
 */
export function functionAttributes(vectorise: boolean, runsOnce: boolean): string[] {
  const scalar = vectorise ? "" : " noimplicitfloat";
  const all = `nounwind${scalar} "disable-tail-calls"="true" "frame-pointer"="non-leaf"`;
  const once = runsOnce ? [`attributes #1 = { optnone noinline ${all} }`] : [];
  return [`attributes #0 = { ${all} }`, ...once];
}

/** What is known of how a function is called. */
export interface FunctionUse {
  /** Calls of it that are under way may be without bound. */
  readonly checksStack: boolean;
  /** It gets the attributes of group 1: no pass works on it, code is selected in one go. */
  readonly runsOnce: boolean;
}

/** The lines of a function. */
export function printLlvmFunction(
  fn: MirFunction,
  scope: ModuleScope,
  { checksStack, runsOnce }: FunctionUse,
): string[] {
  const locations = new FunctionLocations(fn, scope.debug);
  const body = new Body(fn, scope, locations);
  const cfg = computeCfg(fn);
  for (const block of fn.blocks) {
    if (!isReachable(cfg, block.id)) continue;
    body.enter(block.id);
    for (const inst of block.insts) {
      const terminate = terminators[inst.op];
      if (terminate === undefined) writeInstruction(body, inst);
      else terminate(body, inst);
    }
  }
  const entry = entryLines(body, checksStack && !scope.isFlat);
  const params = (fn.blocks[0]?.params ?? []).map(
    (param) => `${llvmType(body.mirType(param))} noundef %v${param}`,
  );
  const all = [...scope.baseParameter(baseName), ...params].join(", ");
  const name = globalName(symbolNames.code(fn.symbol));
  const isOwn = scope.kernel !== undefined && fn.symbol !== scope.kernel.facts.entry;
  const head = `define ${isOwn ? "internal" : "dso_local"} ${resultType(fn.signature.results)} ${name}(${all}) #${runsOnce ? 1 : 0}${locations.head} {`;
  return [head, ...body.finish(entry), "}"];
}

/** The check for the end of the stack, and the way to the first block. */
function entryLines(body: Body, checksStack: boolean): string[] {
  const first = `b${body.fn.blocks[0]?.id ?? 0}`;
  if (!checksStack) return [`br label %${first}`];
  const { scope } = body;
  const frame = scope.runtime("llvm.frameaddress.p0", "ptr", ["i32"]);
  const size = `i${scope.pointerBits}`;
  return [
    `%frame = call ptr ${frame}(i32 0)`,
    `%limitat = getelementptr inbounds i8, ptr ${baseName}, ${size} ${nativeStackLimitAddress}`,
    // The same for as long as the function runs, so a function that was inlined checks nothing again.
    `%limit = load ptr, ptr %limitat, align 4, !invariant.load !${scope.metadata.node("!{}")}`,
    "%isover = icmp ult ptr %frame, %limit",
    `br i1 %isover, label %overflow, label %${first}`,
    "overflow:",
    trapCall(body, "stack_overflow", firstLocation(body.fn)),
    "unreachable",
  ];
}

function firstLocation(fn: MirFunction): LocationId {
  for (const block of fn.blocks) {
    for (const inst of block.insts) if (inst.location !== noLocation) return inst.location;
  }
  return noLocation;
}

const terminators: Readonly<Partial<Record<Opcode, (body: Body, inst: Inst) => void>>> = {
  jump: writeBranch,
  brif: writeBranch,
  br_table: writeBranch,
  return: writeReturn,
  trap: (body, inst) => {
    body.line(trapCall(body, inst.imm as TrapName, inst.location));
    body.line("unreachable");
  },
};

function writeBranch(body: Body, inst: Inst): void {
  const [operand] = inst.args;
  const condition = inst.op === "brif" ? body.condition(operand) : "";
  const { labels, between } = body.targets(inst.targets);
  const names = labels.map((label) => `label %${label}`);
  if (inst.op === "jump") body.line(`br ${names[0] ?? ""}`);
  else if (inst.op === "brif") body.line(`br i1 ${condition}, ${names.join(", ")}`);
  else {
    const cases = names.slice(0, -1).map((name, i) => `i32 ${i}, ${name}`);
    body.line(`switch i32 ${body.operand(operand)}, ${names.at(-1) ?? ""} [ ${cases.join(" ")} ]`);
  }
  for (const line of between) body.line(line);
}

function writeReturn(body: Body, { args }: Inst): void {
  const [only] = args;
  if (only === undefined) return body.line("ret void");
  if (args.length === 1) return body.line(`ret ${body.typed(only)}`);
  const type = resultType(args.map((arg) => body.mirType(arg)));
  const all = args.reduce(
    (built, arg, i) => body.temporary(`insertvalue ${type} ${built}, ${body.typed(arg)}, ${i}`),
    "poison",
  );
  body.line(`ret ${type} ${all}`);
}
