// The planets' orbits. The answer is the energy, in billionths.
#include "bench.h"
#include <math.h>

#define BODIES 5
static const double solar_mass = 39.47841760435743, days = 365.24;

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} Body;

static const Body planets[BODIES] = {
    {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0},
    {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05, 9.54791938424326609e-04},
    {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411899e-03, 4.99852801234917238e-03, 2.30417297573763929e-05, 2.85885980666130812e-04},
    {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05, 4.36624404335156298e-05},
    {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05, 5.15138902046611451e-05},
};

static void make(Body *bodies) {
  double px = 0, py = 0, pz = 0;
  for (int i = 0; i < BODIES; i++) {
    Body *b = &bodies[i];
    *b = planets[i];
    b->vx *= days;
    b->vy *= days;
    b->vz *= days;
    b->mass *= solar_mass;
    px += b->vx * b->mass;
    py += b->vy * b->mass;
    pz += b->vz * b->mass;
  }
  bodies[0].vx = -px / solar_mass;
  bodies[0].vy = -py / solar_mass;
  bodies[0].vz = -pz / solar_mass;
}

static void advance(Body *bodies, double dt) {
  for (int i = 0; i < BODIES; i++) {
    Body *a = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      Body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double squared = dx * dx + dy * dy + dz * dz;
      double mag = dt / (squared * sqrt(squared));
      a->vx -= dx * b->mass * mag;
      a->vy -= dy * b->mass * mag;
      a->vz -= dz * b->mass * mag;
      b->vx += dx * a->mass * mag;
      b->vy += dy * a->mass * mag;
      b->vz += dz * a->mass * mag;
    }
  }
  for (int i = 0; i < BODIES; i++) {
    bodies[i].x += dt * bodies[i].vx;
    bodies[i].y += dt * bodies[i].vy;
    bodies[i].z += dt * bodies[i].vz;
  }
}

static double energy(const Body *bodies) {
  double e = 0;
  for (int i = 0; i < BODIES; i++) {
    const Body *a = &bodies[i];
    e += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
    for (int j = i + 1; j < BODIES; j++) {
      const Body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      e -= a->mass * b->mass / sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}

KERNEL int64_t kernel(int64_t steps) {
  Body bodies[BODIES];
  make(bodies);
  for (int64_t step = 0; step < steps; step++) advance(bodies, 0.01);
  return (int64_t)(energy(bodies) * 1000000000.0);
}

int main(int argc, char **argv) {
  int64_t size = argument(argc, argv, 1, 200000), repeat = argument(argc, argv, 2, 10);
  for (int64_t repetition = 0; repetition < repeat; repetition++) {
    int64_t start = now_micros();
    int64_t answer = kernel(size);
    int64_t elapsed = now_micros() - start;
    printf("%lld\n", (long long)answer);
    report_time(elapsed);
  }
}
