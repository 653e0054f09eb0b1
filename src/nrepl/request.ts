// A message of a client. Clients differ in how they say "nothing" and "true", so fields are read by what they are for.
import { BencodeError, type BencodeDict, type BencodeValue } from "./bencode.ts";

/** The fields of a request. */
export class Request {
  readonly #fields: BencodeDict;

  /** Throws `BencodeError` if the value is not a dictionary. */
  constructor(value: BencodeValue) {
    if (!(value instanceof Map)) throw new BencodeError("a message is a dictionary");
    this.#fields = value;
  }

  get op(): string | undefined {
    return this.text("op");
  }

  /** The id of a request, as it came. */
  id(key = "id"): string | number | undefined {
    const id = this.#fields.get(key);
    return typeof id === "number" ? id : this.text(key);
  }

  get session(): string | undefined {
    return this.text("session");
  }

  /** A text; undefined if there is none, or a number or a list in place of nothing. */
  text(key: string): string | undefined {
    const value = this.#fields.get(key);
    return typeof value === "string" ? value : undefined;
  }

  /** A text that is not empty. */
  name(key: string): string | undefined {
    const text = this.text(key);
    return text === "" ? undefined : text;
  }

  /** A list of texts, none if the field is not there; undefined if it is something else. */
  texts(key: string): string[] | undefined {
    const value = this.#fields.get(key) ?? [];
    if (!Array.isArray(value)) return undefined;
    const texts = value.filter((entry) => typeof entry === "string");
    return texts.length === value.length ? texts : undefined;
  }

  /** A number from 1, also one in digits; undefined otherwise. */
  position(key: string): number | undefined {
    const value = this.#fields.get(key);
    const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
    return typeof number === "number" && number >= 1 && number < 1e9 ? number : undefined;
  }

  /** `1`, `"1"`, `"true"`, `"t"`; false and nil come as 0, an empty list, or not at all. */
  flag(key: string): boolean {
    const value = this.#fields.get(key);
    return value === 1 || value === "1" || value === "true" || value === "t";
  }
}
