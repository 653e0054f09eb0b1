// The functions behind texts made of parts, in JavaScript, for the test libraries.
import { decodeUtf8, encodeUtf8, measureUtf8 } from "../../src/base/index.ts";
import {
  canonicalInt,
  displayF64,
  textLayout,
  typeIds,
  type Host,
  type MemoryViews,
} from "../../src/runtime/index.ts";

type Word = number | bigint | undefined;

export interface TextMaker {
  readonly views: MemoryViews;
  /** A zeroed object with its header, which does not move. */
  readonly make: (typeId: number, size: number) => number;
  /** The host whose display forms are used. */
  readonly host: () => Pick<Host, "display">;
}

/** By symbol; numbers and bigints as compiled code passes them. */
export function textParts({ views, make, host }: TextMaker) {
  const word = (at: number): number => (views.i32[at >>> 2] ?? 0) >>> 0;
  const address = (value: Word): number => Number(value) >>> 0;
  const read = (text: number): string => {
    const data = word(text + textLayout.data);
    return decodeUtf8(views.u8, data, data + word(text + textLayout.length));
  };
  /** A text with its bytes behind it, of which the first are those of another one. */
  const room = (head: string, bytes: number, count: number): number => {
    const measured = measureUtf8(head);
    const length = measured.bytes + bytes;
    const text = make(typeIds.text, textLayout.size + length);
    views.i32[(text + textLayout.owner) >>> 2] = text;
    views.i32[(text + textLayout.data) >>> 2] = text + textLayout.size;
    views.i32[(text + textLayout.length) >>> 2] = length;
    views.i32[(text + textLayout.count) >>> 2] = measured.characters + count;
    encodeUtf8(head, views.u8, text + textLayout.size);
    return text;
  };
  const whole = (text: string): number => room(text, 0, 0);
  const put = (at: Word, text: string): number => {
    encodeUtf8(text, views.u8, address(at));
    return address(at) + measureUtf8(text).bytes;
  };
  const unsigned = (value: Word): string => String(BigInt.asUintN(64, BigInt(value ?? 0)));
  const isText = (object: number): boolean => object !== 0 && word(object) === typeIds.text;
  return {
    rt_text_new: (bytes: Word, count: Word) => room("", Number(bytes), Number(count)),
    rt_text_extend: (text: Word, bytes: Word, count: Word) =>
      room(read(address(text)), Number(bytes), Number(count)),
    rt_text_of_ref: (value: Word) =>
      isText(address(value)) ? address(value) : whole(host().display.ref(address(value))),
    rt_text_of_any: (value: Word) => whole(host().display.any(canonicalInt(BigInt(value ?? 0)))),
    rt_text_of_i64: (value: Word) => whole(String(value)),
    rt_text_of_u64: (value: Word) => whole(unsigned(value)),
    rt_text_of_f64: (value: Word) => whole(displayF64(Number(value))),
    rt_text_size_i64: (value: Word) => String(value).length,
    rt_text_size_u64: (value: Word) => unsigned(value).length,
    rt_text_put: (at: Word, text: Word) => put(at, read(address(text))),
    rt_text_put_i64: (at: Word, value: Word) => put(at, String(value)),
    rt_text_put_u64: (at: Word, value: Word) => put(at, unsigned(value)),
    rt_text_put_bool: (at: Word, value: Word) => put(at, Number(value) === 0 ? "false" : "true"),
  };
}
