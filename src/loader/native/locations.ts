// Locations with inline chains, which an object brings in the section `.anneal.lines`; the lines of its line table number
// them from 1.
import { ByteReader, decodeLines, type LineTable } from "../../object/index.ts";

/** A line table with the locations that its lines number. Throws an `ObjectError` if the section is not well formed. */
export function withLocations(lines: LineTable, section: Uint8Array): LineTable {
  const reader = new ByteReader(section);
  const { locations } = decodeLines(reader);
  const entries = lines.entries.map((entry) => {
    const line = lines.locations[entry.location]?.line ?? 0;
    if (line > locations.length) reader.fail(`no location ${line}`);
    return { ...entry, location: line - 1 };
  });
  return { locations, entries };
}
