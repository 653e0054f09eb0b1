// double-conversion behind C functions, and a variable that must be constructed before they run.
#include "double-conversion.h"
#include <cstring>

using namespace double_conversion;

namespace {
struct Counter {
  int count;
  explicit Counter(int start) : count(start) {}
};
// Volatile, so that the constructor cannot run in the compiler.
volatile int start = 1000;
Counter counter(start);

template <typename Number>
struct Reader {
  virtual ~Reader() {}
  virtual Number read(const char *text) = 0;
};
struct DoubleReader : Reader<double> {
  double read(const char *text) override {
    static const StringToDoubleConverter converter(0, 0.0, 0.0, "Infinity", "NaN");
    int used = 0;
    return converter.StringToDouble(text, (int)strlen(text), &used);
  }
};
}  // namespace

extern "C" const char *show_double(double value) {
  static char text[64];
  StringBuilder builder(text, sizeof text);
  DoubleToStringConverter::EcmaScriptConverter().ToShortest(value, &builder);
  builder.Finalize();
  counter.count += 1;
  return text;
}

extern "C" double read_double(const char *text) {
  DoubleReader reader;
  Reader<double> *any = &reader;
  return any->read(text);
}

extern "C" int shown_so_far() { return counter.count; }
