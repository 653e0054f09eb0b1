// What C++ adds to objects: virtual functions and their tables, run-time types, templates and inline functions in COMDAT
// groups, static variables with guards, constructors that run first, tables of exceptions. Without headers, so that any compiler takes it.
extern "C" int outside_function(int);
extern "C" void *outside_memory(__SIZE_TYPE__ size);
extern "C" void outside_release(void *place) noexcept;

void *operator new(__SIZE_TYPE__ size) {
  return outside_memory(size);
}
void operator delete(void *place) noexcept {
  outside_release(place);
}
void operator delete(void *place, __SIZE_TYPE__) noexcept {
  outside_release(place);
}

struct Shape {
  virtual ~Shape() {}
  virtual int area() const = 0;
  virtual int edges() const { return 4; }
};

struct Square : Shape {
  int side;
  explicit Square(int length) : side(length) {}
  int area() const override { return side * side; }
};

struct Named {
  virtual const char *name() const { return "named"; }
};

struct Triangle : Square, Named {
  using Square::Square;
  int area() const override { return outside_function(side) / 2; }
  int edges() const override { return 3; }
  const char *name() const override { return "triangle"; }
};

template <typename T, int count>
struct Ring {
  T items[count];
  int next = 0;
  void add(T item) {
    items[next] = item;
    next = (next + 1) % count;
  }
  T sum() const {
    T total{};
    for (T item : items) total += item;
    return total;
  }
};

template struct Ring<double, 5>;

static Ring<int, 8> ring{{outside_function(3)}};

inline int &counter() {
  static int count = outside_function(40);
  return count;
}

namespace shapes {
int edges_of(const Shape &shape) {
  return shape.edges();
}
}  // namespace shapes

extern "C" int measure(int kind, int length) {
  Shape *shape = kind == 0 ? new Square(length) : new Triangle(length);
  int found = shape->area() * 10 + shapes::edges_of(*shape);
  if (Named *named = dynamic_cast<Named *>(shape)) found += named->name()[0];
  ring.add(found);
  counter() += 1;
  delete shape;
  return found;
}

extern "C" int measured() {
  return ring.sum() + counter();
}

extern "C" int guarded(int value) {
  try {
    if (value < 0) throw value;
    return measure(0, value);
  } catch (int found) {
    return -found;
  }
}
