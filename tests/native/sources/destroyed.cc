// Variables with destructors: one that is made at the start, one that is made when it is first used.
static int digits;

struct Noted {
  int number;
  explicit Noted(int which) : number(which) { digits = digits * 10 + number; }
  ~Noted() { digits = digits * 10 + 10 - number; }
};

static Noted first(1);

extern "C" int use() {
  static Noted second(2);
  return second.number;
}

/* The numbers of the objects that were made, then of those that are gone, one digit each. */
extern "C" int told() {
  return digits;
}
