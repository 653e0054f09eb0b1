// Lists of functions with their types, in files.
import * as v from "valibot";
import { hostDeclarationSchema, type HostDeclaration } from "./messages.ts";

const listSchema = v.array(v.looseObject({ name: v.string() }));
const typedSchema = v.object(hostDeclarationSchema.entries);

/**
 * The functions of a list in the form of `anneal symbols --json` that have `params` and `result`; other entries do not matter.
 * Throws an error that says which entry is wrong.
 */
export function decodeDeclarations(text: string): HostDeclaration[] {
  const list = v.safeParse(listSchema, JSON.parse(text));
  if (!list.success) throw new Error("not a list of symbols as `anneal symbols --json` writes it");
  return list.output
    .filter((entry) => "params" in entry || "result" in entry)
    .map((entry) => {
      const found = v.safeParse(typedSchema, entry);
      if (found.success) return found.output;
      const place = v.getDotPath(found.issues[0]) ?? "the entry";
      throw new Error(`\`${entry.name}\`: ${place}: ${found.issues[0].message}`);
    });
}
