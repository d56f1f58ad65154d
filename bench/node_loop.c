/*
 * What a processor could do: the twelve-node quadrature of src/kernels/death-times.ts for many customers, value only,
 * with the polynomials of src/wasm/assembly/simd-math.ts, as wide as the compiler can. Prints nanoseconds by (customer, node).
 *
 *   cc -O3 -march=native -ffp-contract=fast -fno-math-errno node_loop.c -o node_loop && ./node_loop
 */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { CUSTOMERS = 4096, NODES = 12, ROUNDS = 200 };

static inline double as_double(int64_t bits) {
  double value;
  memcpy(&value, &bits, 8);
  return value;
}

static inline int64_t as_bits(double value) {
  int64_t bits;
  memcpy(&bits, &value, 8);
  return bits;
}

/* e^v − 1 = scale · fraction + (scale − 1) */
static inline double fraction(double v, double *scale) {
  const double magic = 6755399441056767.0;
  const double rounded = v * 1.4426950408889634 + magic;
  const double n = rounded - magic;
  const double f = v - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  const double ff = f * f;
  const double p = f * ((1.2617719307481059e-4 * ff + 3.0299440770744196e-2) * ff + 1.0);
  const double q =
      ((3.0019850513866446e-6 * ff + 2.524483403496841e-3) * ff + 2.2726554820815503e-1) * ff + 2.0;
  *scale = as_double((int64_t)((uint64_t)as_bits(rounded) << 52));
  return (p + p) / (q - p);
}

static inline double log1p_of(double y) {
  const uint64_t moved = (uint64_t)as_bits(1.0 + y) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
  const double k = as_double((int64_t)((moved >> 52) | 0x4330000000000000)) - 4503599627371519.0;
  const double mantissa = as_double((int64_t)((moved & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd));
  const double f = k == 0 ? y : mantissa - 1.0;
  const double s = f / (2.0 + f), z = s * s, zz = z * z;
  const double even = zz * (3.999999999940941908e-1 + zz * (2.222219843214978396e-1 + zz * 1.531383769920937332e-1));
  const double odd = z * (6.666666666666735130e-1 +
                          zz * (2.857142874366239149e-1 + zz * (1.818357216161805012e-1 + zz * 1.479819860511658591e-1)));
  const double half = 0.5 * f * f;
  return k * 0.6931471803691238 - ((half - (s * (half + (even + odd)) + k * 1.9082149292705877e-10)) - f);
}

static double length[CUSTOMERS], rho[CUSTOMERS], slow[CUSTOMERS], q[CUSTOMERS], total[CUSTOMERS];
static const double node[NODES] = {0.00921968287664038, 0.04794137181476257, 0.11504866290284766, 0.20634102285669128,
                                   0.31608425050090994, 0.43738329574426554, 0.5626167042557345, 0.6839157494990901,
                                   0.7936589771433087, 0.8849513370971523, 0.9520586281852375, 0.9907803171233596};
static const double weight[NODES] = {0.023587668193255914, 0.05346966299765922, 0.08003916427167311, 0.10158371336153296,
                                     0.11674626826917740, 0.12457352290670139, 0.12457352290670139, 0.1167462682691774,
                                     0.10158371336153296, 0.08003916427167311, 0.05346966299765922, 0.023587668193255914};

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * now.tv_sec + now.tv_nsec;
}

int main(void) {
  double best = 1e30, sum = 0;
  for (int i = 0; i < CUSTOMERS; i++) {
    length[i] = 0.1 + (i % 97) / 97.0;
    rho[i] = 0.8 + 0.2 * (i % 89) / 89.0;
    slow[i] = -0.45 + i % 5;
    q[i] = 1.61;
  }
  for (int round = 0; round < ROUNDS; round++) {
    const double started = nanoseconds();
    for (int i = 0; i < CUSTOMERS; i++) {
      double all = 0;
#pragma GCC unroll 12
      for (int j = 0; j < NODES; j++) {
        double scale;
        const double w = node[j] * length[i];
        double part = fraction(w, &scale);
        const double more = log1p_of(rho[i] * (scale * part + (scale - 1.0)));
        part = fraction(-slow[i] * w - q[i] * more, &scale);
        all += weight[j] * (scale + scale * part);
      }
      total[i] = all;
    }
    const double taken = nanoseconds() - started;
    if (taken < best) best = taken;
    sum += total[round % CUSTOMERS];
  }
  printf("{\"nanoseconds\": %.3f, \"check\": %.15g}\n", best / CUSTOMERS / NODES, sum / ROUNDS);
  return 0;
}
