// The line table, custom section `anneal.lines`: code offset to source location with its inline chain and trap code.
//
// Encoding, all numbers LEB128: version 1; texts (count, then each); locations (count, then for each: file text, signed
// difference of the line to the previous location's, column, function text, distance back to the caller or 0);
// entries (count, then for each: difference of the offset to the previous entry's, signed difference of the location
// to the previous entry's, trap + 1). A caller stands before the locations inlined at it, so chains end.
import { ObjectError } from "./error.ts";
import type { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

/** A place in the source, and where it was inlined. */
export interface LineLocation {
  readonly file: string;
  /** From 1, like the column. */
  readonly line: number;
  readonly column: number;
  /** Name of the source function. */
  readonly function: string;
  /** Index of the call site that the code was inlined at, less than this location's own; -1 is none. */
  readonly caller: number;
}

/** `offset` counts from the start of the module, as V8 gives it in stack traces. */
export interface LineEntry {
  readonly offset: number;
  /** Index of the location; -1 is none. */
  readonly location: number;
  /** Number of the trap that the instruction raises; -1 is none. */
  readonly trap: number;
}

/** Entries in ascending order of offsets; each holds up to the next one's offset. */
export interface LineTable {
  readonly locations: readonly LineLocation[];
  readonly entries: readonly LineEntry[];
}

/** One source-level frame of a machine frame. */
export interface LineFrame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly function: string;
}

/** What the line table says of one code offset. */
export interface LineLookup {
  /** Innermost first: the location, then the call sites it was inlined at. Empty if the code has no location. */
  readonly frames: readonly LineFrame[];
  /** -1 is none. */
  readonly trap: number;
}

const version = 1;
const maxTexts = 1_000_000;
const maxLocations = 1_000_000;
const maxEntries = 10_000_000;
/** Inline chains are cut here, so that a hostile table cannot make a trace endless. */
const maxChain = 10_000;

function textTable(locations: readonly LineLocation[]): Map<string, number> {
  const texts = new Map<string, number>();
  for (const location of locations) {
    if (!texts.has(location.file)) texts.set(location.file, texts.size);
    if (!texts.has(location.function)) texts.set(location.function, texts.size);
  }
  return texts;
}

/** The content of the line table's section. Entries must be in ascending order, callers before their locations. */
export function encodeLines(table: LineTable): ByteWriter {
  const out = new ByteWriter(64 + 4 * table.entries.length);
  const texts = textTable(table.locations);
  out.uleb(version);
  out.uleb(texts.size);
  for (const text of texts.keys()) out.text(text);
  out.uleb(table.locations.length);
  let line = 0;
  table.locations.forEach((location, i) => {
    if (location.caller >= i) throw new RangeError(`location ${i} stands before its caller`);
    out.uleb(texts.get(location.file) ?? 0);
    out.sleb(location.line - line);
    out.uleb(location.column);
    out.uleb(texts.get(location.function) ?? 0);
    out.uleb(location.caller < 0 ? 0 : i - location.caller);
    line = location.line;
  });
  out.uleb(table.entries.length);
  let offset = 0;
  let place = 0;
  for (const entry of table.entries) {
    if (entry.offset < offset) throw new RangeError("line entries are not in ascending order");
    out.uleb(entry.offset - offset);
    out.sleb(entry.location - place);
    out.uleb(entry.trap + 1);
    offset = entry.offset;
    place = entry.location;
  }
  return out;
}

/** The line table in a section's content; fails through the reader where it is not well formed. */
export function decodeLines(reader: ByteReader): LineTable {
  if (reader.uleb() !== version) reader.fail("unknown version of the line table");
  const textCount = reader.count("texts", maxTexts);
  const texts = Array.from({ length: textCount }, () => reader.text());
  const locations = decodeLocations(reader, texts);
  const entries = decodeEntries(reader, locations.length);
  reader.expectEnd("the line table");
  return { locations, entries };
}

function decodeLocations(reader: ByteReader, texts: readonly string[]): LineLocation[] {
  const textAt = (): string => {
    const start = reader.offset;
    const text = texts[reader.uleb()];
    if (text === undefined) throw new ObjectError(start, "no text with this number");
    return text;
  };
  const count = reader.count("locations", maxLocations, 5);
  const locations: LineLocation[] = [];
  let line = 0;
  for (let i = 0; i < count; i += 1) {
    const file = textAt();
    line += reader.sleb();
    if (line < 0 || line > 0x7fff_ffff) reader.fail(`line ${line}`);
    const column = reader.uleb();
    const name = textAt();
    const back = reader.uleb();
    if (back > i) reader.fail("caller before the first location");
    locations.push({ file, line, column, function: name, caller: back === 0 ? -1 : i - back });
  }
  return locations;
}

function decodeEntries(reader: ByteReader, locationCount: number): LineEntry[] {
  const count = reader.count("line entries", maxEntries, 3);
  const entries: LineEntry[] = [];
  let offset = 0;
  let location = 0;
  for (let i = 0; i < count; i += 1) {
    offset += reader.uleb();
    if (offset > 0x7fff_ffff) reader.fail(`code offset ${offset}`);
    location += reader.sleb();
    if (location < -1 || location >= locationCount) reader.fail(`no location ${location}`);
    entries.push({ offset, location, trap: reader.uleb() - 1 });
  }
  return entries;
}

/** What stands at a code offset, or undefined in front of the first entry. */
export function lookupLine(table: LineTable, offset: number): LineLookup | undefined {
  let low = 0;
  let high = table.entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table.entries[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const entry = table.entries[low - 1];
  if (entry === undefined) return undefined;
  const frames: LineFrame[] = [];
  for (let at = entry.location; at >= 0 && frames.length < maxChain;) {
    const location = table.locations[at];
    if (location === undefined) break;
    const { file, line, column, function: name, caller } = location;
    frames.push({ file, line, column, function: name });
    at = caller;
  }
  return { frames, trap: entry.trap };
}
