// Integer functions that need loops, written in Simple so that they mean the same in every tier. Parsed when the first
// of them is used; one instance per type.
import { DiagnosticSink, SourceFile, preludePath } from "../../../base/index.ts";
import type { FunctionDecl } from "../ast.ts";
import { parse } from "../parser.ts";

const source = `
fn pow(base, exponent):
    if exponent < 0: fail("negative exponent")
    val zero = exponent - exponent
    var result = zero + 1
    var square = base
    var rest = exponent
    while rest != 0:
        if rest % 2 != 0: result = result * square
        rest = rest / 2
        if rest != 0: square = square * square
    result

fn gcd(a, b):
    var x = a
    var y = b
    while y != 0:
        val rest = x % y
        x = y
        y = rest
    if x < 0: -x else: x

fn lcm(a, b):
    if a == 0 or b == 0: a * 0
    else:
        val product = a / gcd(a, b) * b
        if product < 0: -product else: product

fn fdiv(a, b):
    val quotient = a / b
    val rest = a % b
    if rest != 0 and (rest < 0) != (b < 0): quotient - 1 else: quotient
`;

export function parsePrelude(): readonly FunctionDecl[] {
  const sink = new DiagnosticSink();
  const module = parse(new SourceFile(preludePath, source), sink);
  if (sink.hasErrors) throw new Error(`the prelude has errors: ${sink.all[0]?.message}`);
  return module.body.filter((statement) => statement.kind === "function");
}
