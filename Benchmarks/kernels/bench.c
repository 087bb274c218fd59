// Prints GFLOP/s of every kernel table and its share of one core's multiply-add peak, measured in the same run.
//
//     make -C Benchmarks/kernels run                float32 and the row kernels
//     make -C Benchmarks/kernels narrow THREADS=4   int8 and bf16, that many products at once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CNeedletail.h"

/// Seconds this thread has had a processor, so that the turns of other programs do not count.
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static float *floats(size_t count) {
  float *p = aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
  for (size_t i = 0; i < count; i++) p[i] = (float)(rand() % 2001 - 1000) * 1e-3f;
  return p;
}

// MARK: the peak: what the table's own probe reaches

static double peak_of(uint64_t (*probe)(uint64_t)) {
  double best = 0;
  for (int i = 0; i < 200; i++) {
    const double start = now();
    const double rate = (double)probe(20000) / (now() - start) * 1e-9;
    if (rate > best) best = rate;
  }
  return best;
}

// MARK: timing

/// Seconds of the best of several runs of `body`, each repeated until it takes a few milliseconds.
#define BEST(seconds, body)                                              \
  double seconds = 1e9;                                                  \
  do {                                                                   \
    int repeats = 1;                                                     \
    for (int run = 0; run < 12;) {                                       \
      const double start = now();                                        \
      for (int turn = 0; turn < repeats; turn++) {                                \
        body;                                                            \
      }                                                                  \
      const double spent = now() - start;                                \
      if (spent < 3e-3 && repeats < 1 << 20) {                           \
        repeats *= 2;                                                    \
        continue;                                                        \
      }                                                                  \
      if (spent / repeats < seconds) seconds = spent / repeats;          \
      run++;                                                             \
    }                                                                    \
  } while (0)

static double layer_linear(const nt_kernels *t, double peak, size_t m, size_t n, size_t k, nt_activation activation,
                           bool print) {
  float *a = floats(m * k), *weight = floats(n * k), *bias = floats(n), *c = floats(m * n);
  float *packed = floats(t->linear_packed_count(n, k));
  t->linear_pack(weight, n, k, 0, t->linear_panel_count(n), packed);
  BEST(seconds, t->linear_f32(a, k, packed, bias, activation, NULL, 0, c, n, m, n, k));
  const double rate = 2.0 * (double)(m * n * k) / seconds * 1e-9;
  if (print) {
    printf("  linear m=%-5zu n=%-5zu k=%-5zu %s %7.1f GFLOP/s  %5.1f %% of peak  weights %6.1f GB/s\n", m, n, k,
           activation ? "gelu" : "    ", rate, 100 * rate / peak, (double)(n * k) * 4e-9 / seconds);
  }
  free(a), free(weight), free(bias), free(c), free(packed);
  return seconds;
}

static double attention(const nt_kernels *t, size_t l, size_t heads, size_t d) {
  const size_t width = heads * d, ld = 3 * width;
  float *qkv = floats(l * ld), *out = floats(l * width), *scratch = floats(t->attention_scratch_count(l, d));
  BEST(seconds, for (size_t head = 0; head < heads; head++) t->attention_f32(
                    qkv + head * d, qkv + width + head * d, qkv + 2 * width + head * d, ld, 0.17f, 0, NULL, SIZE_MAX,
                    SIZE_MAX, out + head * d, width, l, d, scratch));
  free(qkv), free(out), free(scratch);
  return seconds;
}

static double layer_norm(const nt_kernels *t, size_t m, size_t d) {
  float *x = floats(m * d), *r = floats(m * d), *g = floats(d), *b = floats(d), *out = floats(m * d);
  BEST(seconds, t->layer_norm_f32(x, r, g, b, 1e-12f, out, m, d));
  free(x), free(r), free(g), free(b), free(out);
  return seconds;
}

/// Bytes a second of only reading, for the kernels that memory limits.
static double read_rate(const nt_kernels *t, const float *p, size_t count) {
  volatile uint32_t sink = 0;
  BEST(seconds, sink = sink + t->probe_read((const uint32_t *)p, count));
  return (double)count * 4 / seconds;
}

#include "narrow.h"

static void rest(const nt_kernels *t) {
  enum { rows = 60000, d = 384, table = 30000, width = 240, ids_count = 12 };
  float *base = floats((size_t)rows * d), *query = floats(d), *scores = floats(rows);
  BEST(dots, t->dot_rows_f32(query, base, d, rows, d, scores));
  const double rate = (double)rows * d * 4 / dots, reading = read_rate(t, base, (size_t)rows * d);
  printf("  dot_rows %d x %d: %.1f GB/s, only reading %.1f GB/s\n", rows, d, rate * 1e-9, reading * 1e-9);
  free(base), free(query), free(scores);
  int8_t *codes = malloc((size_t)table * width);
  for (size_t i = 0; i < (size_t)table * width; i++) codes[i] = (int8_t)rand();
  float *scales = floats(table), *out = floats(width);
  int32_t ids[64 * ids_count];
  for (int i = 0; i < 64 * ids_count; i++) ids[i] = rand() % table;
  BEST(gather, for (int i = 0; i < 64; i++) {
    memset(out, 0, width * sizeof(float));
    t->gather_sum_i8(codes, scales, ids + i * ids_count, ids_count, out, width);
  });
  printf("  gather_sum_i8 d=%d: %.1f M ids/s\n", width, 64 * ids_count / gather * 1e-6);
  free(codes), free(scales), free(out);
  uint16_t *halves = malloc(1 << 20);
  float *wide = floats(1 << 19);
  memset(halves, 0x3c, 1 << 20);
  BEST(widen, t->widen_f16(halves, wide, 1 << 19));
  printf("  widen_f16: %.1f G values/s\n", (1 << 19) / widen * 1e-9);
  free(halves), free(wide);
  float *x = floats(4096);
  for (nt_activation f = nt_activation_gelu; f <= nt_activation_sigmoid; f++) {
    BEST(seconds, t->activate_f32(x, f, 4096));
    printf("  activation %d: %.2f ns a value\n", (int)f, seconds / 4096 * 1e9);
  }
  free(x);
}

int main(int count, char **arguments) {
  static const size_t rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256, 1024};
  static const size_t shapes[][2] = {{1152, 384}, {384, 384}, {1536, 384}, {384, 1536}, {768, 768}, {3072, 768}};
  for (int32_t index = 0; index < nt_kernels_count(); index++) {
    const nt_kernels *t = nt_kernels_at(index);
    if (!t || (count > 1 && strcmp(arguments[1], t->name) != 0)) continue;
    if (count > 2) {
      narrow_bench(t, atoi(arguments[2]));
      continue;
    }
    const double peak = peak_of(t->probe_f32);
    printf("%s: peak %.1f GFLOP/s, int8 %.1f G/s, bf16 %.1f G/s\n", t->name, peak, peak_of(t->probe_i8),
           peak_of(t->probe_bf16));
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
      for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        if (index == 0 && rows[r] != 64) continue;
        layer_linear(t, peak, rows[r], shapes[s][0], shapes[s][1],
                     shapes[s][0] > 3 * shapes[s][1] ? nt_activation_gelu : nt_activation_identity, true);
      }
    }
    for (size_t d = 32; d <= 64; d *= 2) {
      for (size_t l = 8; l <= 512; l += l < 40 ? 4 : l < 160 ? 40 : 80) {
        const double rate = 4.0 * (double)(l * l * d) / attention(t, l, 1, d) * 1e-9;
        printf("  attention l=%-4zu d=%zu %7.1f GFLOP/s  %5.1f %% of peak\n", l, d, rate, 100 * rate / peak);
      }
    }
    for (size_t l = 4; l <= 2048; l *= 2) {
      const double heads = attention(t, l, 12, 32), norms = 2 * layer_norm(t, l, 384);
      double products = layer_linear(t, peak, l, 1152, 384, 0, false) + layer_linear(t, peak, l, 384, 384, 0, false);
      products += layer_linear(t, peak, l, 1536, 384, nt_activation_gelu, false);
      products += layer_linear(t, peak, l, 384, 1536, 0, false);
      const double all = heads + norms + products;
      printf("  MiniLM layer l=%-5zu %8.1f us: attention %4.1f %% (%5.1f GFLOP/s), layer norms %4.1f %%\n", l, all * 1e6,
             100 * heads / all, 4.0 * 12 * 32 * (double)(l * l) / heads * 1e-9, 100 * norms / all);
    }
    rest(t);
  }
}
