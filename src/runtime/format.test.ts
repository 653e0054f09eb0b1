import { describe, expect, it } from "vitest";
import {
  formatBool,
  formatFloat,
  formatInt,
  formatSpecProblem,
  parseFormatSpec,
  type FormatKind,
  type FormatSpec,
} from "./index.ts";

function specOf(text: string): FormatSpec {
  const spec = parseFormatSpec(text);
  if (spec === null) throw new Error(`not a spec: ${text}`);
  return spec;
}

// Expected texts were computed with `format(value, spec)` of CPython 3.11.
const ints = [
  ["", 0, "0"],
  ["5", 42, "   42"],
  ["<5", 42, "42   "],
  ["^6", 42, "  42  "],
  ["*^7", -42, "**-42**"],
  ["=6", -42, "-   42"],
  ["06", -42, "-00042"],
  ["+d", 42, "+42"],
  [" d", 42, " 42"],
  ["+", -42, "-42"],
  ["x", 255, "ff"],
  ["X", 48879, "BEEF"],
  ["#x", 255, "0xff"],
  ["#X", 255, "0XFF"],
  ["#o", 8, "0o10"],
  ["#b", 5, "0b101"],
  ["#010x", 255, "0x000000ff"],
  ["010b", 5, "0000000101"],
  ["_b", 1023, "11_1111_1111"],
  ["_x", 18446744073709551615n, "ffff_ffff_ffff_ffff"],
  ["#_x", 1099511627776, "0x100_0000_0000"],
  ["016_x", 255, "0_0000_0000_00ff"],
  [",", 1234567, "1,234,567"],
  ["_", 1234567, "1_234_567"],
  ["012,", 1234, "0,000,001,234"],
  ["08,", 1234, "0,001,234"],
  ["+015,", -9223372036854775808n, "-9,223,372,036,854,775,808"],
  ["d", 9007199254740993n, "9007199254740993"],
  ["x", 9223372036854775808n, "8000000000000000"],
  ["b", 18446744073709551615n, "1111111111111111111111111111111111111111111111111111111111111111"],
  ["o", -9223372036854775808n, "-1000000000000000000000"],
  ["c", 65, "A"],
  ["5c", 65, "    A"],
  [">5c", 128512, "    😀"],
  ["n", 1234567, "1234567"],
  [".2f", 9223372036854775807n, "9223372036854775808.00"],
  ["e", 12345, "1.234500e+04"],
  ["g", 1234567, "1.23457e+06"],
  ["%", 3, "300.000000%"],
  [".1%", 1, "100.0%"],
  ["0=8", 7, "00000007"],
  ["<08", 7, "70000000"],
  ["é>4", 7, "ééé7"],
  ["{>5", 1, "{{{{1"],
  ["f", 9007199254740993n, "9007199254740992.000000"],
] as const;
const floats = [
  ["", 1.0, "1.0"],
  ["", 0.1, "0.1"],
  ["", 1000000000000000.0, "1000000000000000.0"],
  ["10", 2.5, "       2.5"],
  ["<10", 2.5, "2.5       "],
  ["^10", 2.5, "   2.5    "],
  ["010", -2.5, "-0000002.5"],
  ["+", 0.0, "+0.0"],
  ["+", -0.0, "-0.0"],
  [".0f", 0.5, "0"],
  [".0f", 1.5, "2"],
  [".0f", 2.5, "2"],
  [".0f", -0.4, "-0"],
  ["#.0f", 3.0, "3."],
  [".2f", 2.675, "2.67"],
  [".2f", 1.005, "1.00"],
  [".1f", 0.25, "0.2"],
  [".1f", 0.35, "0.3"],
  [".3f", 1e-10, "0.000"],
  ["f", 1e22, "10000000000000000000000.000000"],
  [
    ".1f",
    1.7976931348623157e308,
    "179769313486231570814527423731704356798070567525844996598917476803157260780028538760589558632766878171540458953514382464234321326889464182768467546703537516986049910576551282076245490090389328944075868508455133942304583236903222948165808559332123348274797826204144723168738177180919299881250404026184124858368.0",
  ],
  [".30f", 0.1, "0.100000000000000005551115123126"],
  [".20f", 5e-324, "0.00000000000000000000"],
  ["e", 0.0, "0.000000e+00"],
  [".0e", 5.0, "5e+00"],
  [".0e", 15.0, "2e+01"],
  [".0e", 25.0, "2e+01"],
  [".3e", 9.9995, "9.999e+00"],
  [".3e", 9.99951, "1.000e+01"],
  ["E", 123456.789, "1.234568E+05"],
  ["#.0e", 7.0, "7.e+00"],
  [".2e", 1e23, "1.00e+23"],
  [".17e", 1e23, "9.99999999999999916e+22"],
  [".16e", 1e23, "9.9999999999999992e+22"],
  ["e", 5e-324, "4.940656e-324"],
  ["g", 0.0001, "0.0001"],
  ["g", 1e-5, "1e-05"],
  ["g", 123456.0, "123456"],
  ["g", 1234567.0, "1.23457e+06"],
  ["g", 1000000.0, "1e+06"],
  ["#g", 1.0, "1.00000"],
  [".3g", 999.5, "1e+03"],
  [".3g", 1000.5, "1e+03"],
  ["G", 1e-10, "1E-10"],
  [".0g", 123.0, "1e+02"],
  [".3", 3.0, "3.0"],
  [".3", 10.0, "10.0"],
  [".3", 100.0, "1e+02"],
  [".3", 1234567.0, "1.23e+06"],
  [".1", 0.05, "0.05"],
  [".12", 0.3333333333333333, "0.333333333333"],
  ["%", 0.5, "50.000000%"],
  [".1%", 0.12345, "12.3%"],
  [".0%", 0.005, "0%"],
  [",", 1234567.891, "1,234,567.891"],
  [",.2f", 1234567.891, "1,234,567.89"],
  ["_.2f", 1234567.891, "1_234_567.89"],
  ["015,.2f", 1234.5, "0,000,001,234.50"],
  ["014,.2f", 1234.5, "000,001,234.50"],
  ["016,.2f", -1234.5, "-0,000,001,234.50"],
  [".2f", Infinity, "inf"],
  ["F", -Infinity, "-INF"],
  ["010", Infinity, "0000000inf"],
  ["=+10", Infinity, "+      inf"],
  ["n", 1234.5, "1234.5"],
  [">+9.2f", 3.14159, "    +3.14"],
  ["*^+12.3e", 31415.9, "*+3.142e+04*"],
  [" .1f", 2.0, " 2.0"],
] as const;

describe("integers", () => {
  it.each(ints)("%j of %s is %j", (spec, value, expected) => {
    expect(formatInt(value, specOf(spec))).toBe(expected);
  });

  it("shows what is no character as the replacement character", () => {
    for (const value of [-1, 0xd800, 0x110000, 2n ** 63n]) {
      expect(formatInt(value, specOf("c"))).toBe("\ufffd");
    }
  });
});

describe("floats", () => {
  it.each(floats)("%j of %s is %j", (spec, value, expected) => {
    expect(formatFloat(value, specOf(spec))).toBe(expected);
  });

  it("writes NaN and exponents of the display form in our way", () => {
    expect(formatFloat(NaN, specOf("6"))).toBe("   NaN");
    expect(formatFloat(NaN, specOf(".1F"))).toBe("NAN");
    expect(formatFloat(1e16, specOf(">8"))).toBe("    1e16");
  });
});

describe("text forms", () => {
  it("of bool are its display form unless the type is a number's", () => {
    expect(formatBool(true, specOf("6"))).toBe("true  ");
    expect(formatBool(false, specOf(">7s"))).toBe("  false");
    expect(formatBool(true, specOf("03d"))).toBe("001");
  });

  it("of numbers under `s` are their display form, cut to the precision", () => {
    expect(formatInt(12345, specOf(".3s"))).toBe("123");
    expect(formatFloat(2, specOf("6s"))).toBe("2.0   ");
  });
});

describe("parseFormatSpec", () => {
  it("takes every part", () => {
    expect(parseFormatSpec("*^+#012_.3f")).toEqual({
      fill: "*",
      align: "^",
      sign: "+",
      alternate: true,
      zeroPadded: true,
      width: 12,
      separator: "_",
      precision: 3,
      type: "f",
    });
  });

  it("takes a spec character as the fill when an alignment follows", () => {
    expect(parseFormatSpec("<<5")).toMatchObject({ fill: "<", align: "<", width: 5 });
    expect(parseFormatSpec("😀^5")).toMatchObject({ fill: "😀", align: "^" });
  });

  it.each(["z", "5.", ".f", "5 ", "f5", "+ 5", ",_", "**5", "5..2", "12345", "\n5"])(
    "refuses %j",
    (text) => {
      expect(parseFormatSpec(text)).toBeNull();
    },
  );
});

describe("formatSpecProblem", () => {
  const refused: readonly (readonly [string, FormatKind])[] = [
    ["d", "float"],
    ["x", "float"],
    [".2d", "int"],
    [".2", "int"],
    [",x", "int"],
    ["+c", "int"],
    [",n", "int"],
    ["=5", "bool"],
    ["+s", "int"],
    ["=8s", "float"],
  ];
  it.each(refused)("refuses %j for %s", (spec, kind) => {
    expect(formatSpecProblem(specOf(spec), kind)).not.toBeNull();
  });

  const accepted: readonly (readonly [string, FormatKind])[] = [
    [".2f", "int"],
    ["_x", "int"],
    [",", "float"],
    ["5", "bool"],
    ["d", "bool"],
    [".3s", "int"],
  ];
  it.each(accepted)("accepts %j for %s", (spec, kind) => {
    expect(formatSpecProblem(specOf(spec), kind)).toBeNull();
  });
});
