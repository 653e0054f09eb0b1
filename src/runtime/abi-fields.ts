// The parts of the ABI by name, so that two sides that differ can say in what.
import { abiDescription } from "./abi.ts";

/** Everything that the ABI hash covers, by field: `layout.controlWordAddress`, `host.rt_exp`. */
export function abiFields(): Record<string, string> {
  const fields: Record<string, string> = {};
  const add = (name: string, value: unknown): void => {
    if (Array.isArray(value)) {
      value.forEach((item: unknown, index) => {
        const named = Array.isArray(item) && typeof item[0] === "string";
        if (named) fields[`${name}.${String(item[0])}`] = JSON.stringify(item.slice(1));
        else add(`${name}.${index}`, item);
      });
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value))
        add(name === "" ? key : `${name}.${key}`, item);
    } else fields[name] = JSON.stringify(value);
  };
  add("", JSON.parse(abiDescription()));
  return fields;
}

/** How two ABIs differ, a line for each field: `host.rt_exp: ["f64"] here, nothing there`. */
export function abiDifferences(
  here: Readonly<Record<string, string>>,
  there: Readonly<Record<string, string>>,
): string[] {
  const names = new Set([...Object.keys(here), ...Object.keys(there)]);
  return [...names].flatMap((name) => {
    const [own, other] = [here[name], there[name]];
    return own === other
      ? []
      : [`\`${name}\`: ${own ?? "nothing"} here, ${other ?? "nothing"} there`];
  });
}
