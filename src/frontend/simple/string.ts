// Text literals in their six forms: escapes and the holes of interpolation.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { readEscape } from "./escape.ts";
import { type HoleFinder, maxTextLevel } from "./hole.ts";
import type { TextLiteral, TextPiece } from "./token.ts";

/** How a text is written; found from its first characters. */
interface TextForm {
  /** Length of prefix and opening quote. */
  readonly open: number;
  readonly close: string;
  readonly escapes: "all" | "quote" | "none";
  readonly holes: boolean;
  readonly multiline: boolean;
}

const plainForm: TextForm = { open: 1, close: '"', escapes: "all", holes: true, multiline: false };
const singleForm: TextForm = {
  open: 1,
  close: "'",
  escapes: "quote",
  holes: false,
  multiline: false,
};
const tripleForm: TextForm = {
  open: 3,
  close: '"""',
  escapes: "none",
  holes: false,
  multiline: true,
};
/** In a hole of a plain text, where the quotes are escaped for the outer text. */
const escapedForm: TextForm = {
  open: 2,
  close: '\\"',
  escapes: "none",
  holes: false,
  multiline: false,
};

function textForm(text: string, at: number): TextForm {
  switch (text.charAt(at)) {
    case "'":
      return singleForm;
    case "\\":
      return escapedForm;
    case "f":
      return text.startsWith('"""', at + 1)
        ? { open: 4, close: '"""', escapes: "all", holes: true, multiline: true }
        : { ...plainForm, open: 2 };
    case "r":
      return text.startsWith('"""', at + 1)
        ? { ...tripleForm, open: 4 }
        : { open: 2, close: '"', escapes: "none", holes: false, multiline: false };
    default:
      return text.startsWith('"""', at) ? tripleForm : plainForm;
  }
}

export interface TextContext {
  readonly file: SourceFile;
  readonly sink: DiagnosticSink;
  readonly holes: HoleFinder;
  /** End of the source range that is being read. */
  readonly limit: number;
  /** How many texts enclose this one: 0 outside of holes. */
  readonly level: number;
}

export interface TextScan {
  readonly literal: TextLiteral;
  readonly end: number;
}

/** Scans the text that starts at `at`, where its prefix or opening quote stands. */
export function scanText(context: TextContext, at: number): TextScan {
  const form = textForm(context.file.text, at);
  const body = new TextBody(context, form, at);
  const end = body.scan();
  return { literal: { kind: "text", pieces: body.pieces, docstring: form === tripleForm }, end };
}

class TextBody {
  readonly pieces: TextPiece[] = [];
  readonly #context: TextContext;
  readonly #form: TextForm;
  readonly #start: number;
  #at: number;
  /** Literal text that is complete up to `#chunk`. */
  #literal = "";
  #literalStart: number;
  #chunk: number;

  constructor(context: TextContext, form: TextForm, start: number) {
    this.#context = context;
    this.#form = form;
    this.#start = start;
    this.#at = start + form.open;
    this.#literalStart = this.#at;
    this.#chunk = this.#at;
  }

  /** Fills `pieces`; returns the offset after the closing quote. */
  scan(): number {
    const { limit, file } = this.#context;
    const { close, escapes, holes, multiline } = this.#form;
    const text = file.text;
    const closing = close.charCodeAt(0);
    while (this.#at < limit) {
      const code = text.charCodeAt(this.#at);
      if (code === closing && text.startsWith(close, this.#at)) {
        this.#endLiteral(this.#at);
        return this.#at + close.length;
      }
      if (code === 10 && !multiline) break;
      if (code === 92 && escapes !== "none") this.#escape();
      else if ((code === 123 || code === 125) && holes) this.#brace(code);
      else this.#at += 1;
    }
    return this.#unterminated();
  }

  #unterminated(): number {
    const { file, sink, limit } = this.#context;
    let end = Math.min(this.#at, limit);
    if (file.text.charCodeAt(end - 1) === 13) end -= 1;
    const { open, close, multiline } = this.#form;
    const shown = multiline ? this.#start + open : end;
    const place = multiline ? "the end of the file" : "the end of the line";
    sink.error(
      "lex/unterminated-text",
      `found ${place} inside a text literal, expected \`${close}\``,
      { file, start: this.#start, end: shown },
      multiline
        ? `Close the text with \`${close}\`.`
        : `Close the text with \`${close}\` on the same line, or use \`"""\` for text of several lines.`,
    );
    this.#endLiteral(end);
    return Math.max(end, Math.min(this.#start + open, limit));
  }

  #take(text: string, next: number): void {
    this.#literal += this.#context.file.text.slice(this.#chunk, this.#at) + text;
    this.#at = next;
    this.#chunk = next;
  }

  #endLiteral(end: number): void {
    const text = this.#literal + this.#context.file.text.slice(this.#chunk, end);
    if (text !== "") this.pieces.push({ kind: "literal", text, start: this.#literalStart, end });
    this.#literal = "";
  }

  #escape(): void {
    const { file, sink, limit } = this.#context;
    if (this.#form.escapes === "quote") {
      if (file.text.charAt(this.#at + 1) === "'") this.#take("'", this.#at + 2);
      else this.#at += 1;
      return;
    }
    const lineEnd = file.text.charCodeAt(this.#at + 1) === 10 && !this.#form.multiline;
    if (lineEnd) {
      this.#at += 1;
      return;
    }
    const escape = readEscape(file.text, this.#at, limit);
    if (escape.problem !== null) {
      sink.error(
        "lex/bad-escape",
        escape.problem,
        { file, start: this.#at, end: escape.end },
        "Write `\\\\` for a backslash.",
      );
    }
    this.#take(escape.text, escape.end);
  }

  #brace(code: number): void {
    const { file, holes, limit, level } = this.#context;
    const text = file.text;
    const at = this.#at;
    const next = text.charCodeAt(at + 1);
    if (next === code) {
      this.#take(code === 123 ? "{" : "}", at + 2);
      return;
    }
    // `}`, or `{` before a quote or a backslash.
    if (code === 125 || next === 34 || next === 39 || next === 92) {
      this.#at += 1;
      return;
    }
    const hole = holes.find(at + 1, limit, { level, triple: this.#form.multiline });
    if (hole === null || text.slice(at + 1, hole.end).trim() === "") {
      if (holes.exhausted) this.#exhausted(at);
      this.#at += 1;
      return;
    }
    if (level >= maxTextLevel) {
      this.#tooDeep(at, hole.end + 1);
      return;
    }
    this.#endLiteral(at);
    const end = hole.specColon < 0 ? hole.end : hole.specColon;
    const spec = hole.specColon < 0 ? null : text.slice(hole.specColon + 1, hole.end);
    this.pieces.push({ kind: "hole", start: at + 1, end, spec });
    this.#at = hole.end + 1;
    this.#chunk = this.#at;
    this.#literalStart = this.#at;
  }

  #exhausted(start: number): void {
    const { file, sink } = this.#context;
    const before = sink.all.some((diagnostic) => diagnostic.code === "lex/too-many-braces");
    if (before) return;
    sink.error(
      "lex/too-many-braces",
      "found too many braces without an end in text literals, expected closed ones",
      { file, start, end: start + 1 },
      "Write `{{` for a literal brace.",
    );
  }

  #tooDeep(start: number, end: number): void {
    const { file, sink } = this.#context;
    sink.error(
      "lex/interpolation-too-deep",
      `found more than ${maxTextLevel} texts inside each other's holes, expected fewer`,
      { file, start, end },
      "Bind the inner text to a name first.",
    );
    this.#at = end;
  }
}
