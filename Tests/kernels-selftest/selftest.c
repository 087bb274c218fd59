// Compares every table this processor can run with the portable one, with a guard page after every buffer. Plain C,
// so that it can be cross-compiled and run in an emulator (Scripts/test-kernels-emulated); `swift test` runs the
// finer tests of Tests/CNeedletailTests. Exits 0 when all agree.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CNeedletail.h"

static int failures, checks;
static uint64_t state = 42;

static float random_float(float size) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return ((float)(state >> 40) * 0x1p-23f - 1.0f) * size;
}

/// `bytes` bytes that end where an unreadable page begins.
static void *guarded(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page - 1) / page * page;
  char *base = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || mprotect(base + whole, page, PROT_NONE) != 0) {
    perror("mmap");
    exit(2);
  }
  return base + whole - bytes;
}

static void release(void *p, size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page - 1) / page * page;
  munmap((char *)p + bytes - whole, whole + page);
}

static float *floats(size_t count, float size) {
  float *p = guarded(count * sizeof(float));
  for (size_t i = 0; i < count; i++) p[i] = random_float(size);
  return p;
}

static void drop(float *p, size_t count) { release(p, count * sizeof(float)); }

static void check(const char *name, const char *what, size_t size, const float *a, const float *b, size_t count,
                  float tolerance) {
  checks++;
  for (size_t i = 0; i < count; i++) {
    const float error = fabsf(a[i] - b[i]), limit = tolerance * fmaxf(1.0f, fabsf(b[i]));
    if (error <= limit || (isnan(a[i]) && isnan(b[i])) || a[i] == b[i]) continue;
    failures++;
    printf("%s: %s (size %zu) at %zu: %.9g, expected %.9g\n", name, what, size, i, (double)a[i], (double)b[i]);
    return;
  }
}

static float *packed(const nt_kernels *t, const float *weight, size_t n, size_t k) {
  const size_t bytes = (t->linear_packed_count(n, k) * sizeof(float) + 63) / 64 * 64;
  float *p = guarded(bytes);
  const size_t panels = t->linear_panel_count(n);
  for (size_t i = 0; i < panels; i++) t->linear_pack(weight, n, k, i, 1, p);
  return p;
}

static void test_linear(const nt_kernels *t, const nt_kernels *oracle, size_t m, size_t n, size_t k) {
  float *a = floats(m * k, 1), *weight = floats(n * k, 1), *bias = floats(n, 1), *residual = floats(m * n, 1);
  float *c = floats(m * n, 1), *expected = floats(m * n, 1), *row = floats(n, 1);
  float *ours = packed(t, weight, n, k), *theirs = packed(oracle, weight, n, k);
  for (int form = 0; form < 9; form++) {
    const nt_activation activation = form < 7 ? form : form == 7 ? nt_activation_identity : nt_activation_gelu;
    const float *b = form == 2 ? NULL : bias, *r = form >= 7 ? residual : NULL;
    oracle->linear_f32(a, k, theirs, b, activation, r, n, expected, n, m, n, k);
    t->linear_f32(a, k, ours, b, activation, r, n, c, n, m, n, k);
    check(t->name, "linear", m * 1000000 + n * 1000 + k, c, expected, m * n, 2e-6f * sqrtf((float)k + 1) + 1e-6f);
    for (size_t i = 0; i < m; i++) {  // alone: the same bits
      t->linear_f32(a + i * k, k, ours, b, activation, r ? r + i * n : NULL, n, row, n, 1, n, k);
      check(t->name, "linear row alone", m, row, c + i * n, n, 0);
    }
    if (r) {
      memcpy(expected, residual, m * n * sizeof(float));
      t->linear_f32(a, k, ours, b, activation, expected, n, expected, n, m, n, k);
      check(t->name, "linear in place", m, expected, c, m * n, 0);
    }
  }
  release(ours, (t->linear_packed_count(n, k) * sizeof(float) + 63) / 64 * 64);
  release(theirs, (oracle->linear_packed_count(n, k) * sizeof(float) + 63) / 64 * 64);
  drop(a, m * k), drop(weight, n * k), drop(bias, n), drop(residual, m * n), drop(c, m * n), drop(expected, m * n);
  drop(row, n);
}

static void test_attention(const nt_kernels *t, const nt_kernels *oracle, size_t l, size_t d, bool biased,
                           size_t before, size_t after) {
  const size_t ld = 3 * d, count = l ? (l - 1) * ld + d : 0, outs = l * d;
  float *q = floats(count, 2), *k = floats(count, 2), *v = floats(count, 1), *bias = floats(l ? 2 * l - 1 : 0, 3);
  float *out = floats(outs, 1), *expected = floats(outs, 1);
  const size_t scratch = t->attention_scratch_count(l, d), theirs = oracle->attention_scratch_count(l, d);
  float *s1 = floats(scratch, 1), *s2 = floats(theirs, 1);
  const float scale = 1.0f / sqrtf((float)d);
  const float cap = l % 3 == 1 ? 2.0f : 0.0f;
  t->attention_f32(q, k, v, ld, scale, cap, biased ? bias : NULL, before, after, out, d, l, d, s1);
  oracle->attention_f32(q, k, v, ld, scale, cap, biased ? bias : NULL, before, after, expected, d, l, d, s2);
  check(t->name, biased ? "attention with bias" : "attention", l * 1000 + d, out, expected, outs, 3e-6f);
  drop(q, count), drop(k, count), drop(v, count), drop(bias, l ? 2 * l - 1 : 0), drop(out, outs);
  drop(expected, outs), drop(s1, scratch), drop(s2, theirs);
}

static void test_rows(const nt_kernels *t, const nt_kernels *oracle, size_t d) {
  enum { m = 5, ids_count = 9, rows = 11 };
  const int32_t ids[ids_count] = {3, 0, 10, 3, 7, 1, 9, 10, 2};
  float *x = floats(m * d, 3), *r = floats(m * d, 3), *g = floats(d, 1), *b = floats(d, 1), *table = floats(rows * d, 1);
  float *out = floats(m * d, 1), *expected = floats(m * d, 1), *scales = floats(rows, 1), dots[m], others[m];
  int8_t *bytes = guarded(rows * d);
  uint16_t *halves = guarded(d * 2);
  for (size_t i = 0; i < rows * d; i++) bytes[i] = (int8_t)random_float(127);
  for (size_t i = 0; i < d; i++) halves[i] = (uint16_t)(random_float(1) * 32767.0f + 32768.0f);
  for (int form = 0; form < 4; form++) {
    const float *residual = form & 1 ? r : NULL, *gamma = form & 2 ? g : NULL, *beta = form & 2 ? b : NULL;
    oracle->layer_norm_f32(x, residual, gamma, beta, 1e-12f, expected, m, d);
    t->layer_norm_f32(x, residual, gamma, beta, 1e-12f, out, m, d);
    if (d > 1) check(t->name, "layer_norm", d, out, expected, m * d, 1e-5f);
    memcpy(expected, x, m * d * sizeof(float));
    t->layer_norm_f32(expected, residual, gamma, beta, 1e-12f, expected, m, d);
    if (d > 1) check(t->name, "layer_norm in place", d, expected, out, m * d, 0);
  }
  oracle->rms_norm_f32(x, g, 1e-6f, expected, m, d), t->rms_norm_f32(x, g, 1e-6f, out, m, d);
  check(t->name, "rms_norm", d, out, expected, m * d, 1e-5f);
  for (int add = 0; add < 2; add++) {
    memcpy(out, x, m * d * sizeof(float)), memcpy(expected, x, m * d * sizeof(float));
    t->gather_f32(table, ids, add, out, m, d), oracle->gather_f32(table, ids, add, expected, m, d);
    check(t->name, "gather", d, out, expected, m * d, 0);
  }
  memcpy(out, x, d * sizeof(float)), memcpy(expected, x, d * sizeof(float));
  t->gather_sum_i8(bytes, scales, ids, ids_count, out, d);
  oracle->gather_sum_i8(bytes, scales, ids, ids_count, expected, d);
  check(t->name, "gather_sum_i8", d, out, expected, d, 6e-4f);  // terms up to 127 that may cancel
  memcpy(out, expected, d * sizeof(float));
  t->add_scaled_f32(r, 0.3f, out, d), oracle->add_scaled_f32(r, 0.3f, expected, d);
  check(t->name, "add_scaled", d, out, expected, d, 1e-5f);
  t->maximum_f32(b, out, d), oracle->maximum_f32(b, expected, d);
  check(t->name, "maximum", d, out, expected, d, 1e-5f);
  t->scale_f32(out, -2.5f, d), oracle->scale_f32(expected, -2.5f, d);
  check(t->name, "scale", d, out, expected, d, 1e-5f);
  for (nt_activation f = nt_activation_identity; f <= nt_activation_quick_gelu; f++) {
    memcpy(out, x, m * d * sizeof(float)), memcpy(expected, x, m * d * sizeof(float));
    t->activate_f32(out, f, m * d), oracle->activate_f32(expected, f, m * d);
    check(t->name, "activate", d, out, expected, m * d, 4e-7f);
    for (size_t i = 0; i < m * d; i++) expected[i] = out[i] * r[i];  // the activation, then one product
    t->gate_f32(x, r, f, out, m * d);
    check(t->name, "gate", d, out, expected, m * d, 0);
  }
  for (size_t half = d / 2; half > 0; half /= 3) {
    memcpy(out, x, m * d * sizeof(float)), memcpy(expected, x, m * d * sizeof(float));
    t->turn_f32(out, d, m, g, b, half), oracle->turn_f32(expected, d, m, g, b, half);
    check(t->name, "turn", d, out, expected, m * d, 1e-6f);
  }
  t->dot_rows_f32(g, x, d, m, d, dots), oracle->dot_rows_f32(g, x, d, m, d, others);
  check(t->name, "dot_rows", d, dots, others, m, 1e-6f * sqrtf((float)d + 1));
  for (size_t i = 0; i < m; i++) {
    const float dot = t->dot_f32(g, x + i * d, d);
    check(t->name, "dot", d, &dot, dots + i, 1, 0);
  }
  t->rotate_f32(x, d, g, out, m, d), oracle->rotate_f32(x, d, g, expected, m, d);
  check(t->name, "rotate", d, out, expected, m * d, 0);
  t->widen_f16(halves, out, d), oracle->widen_f16(halves, expected, d);
  check(t->name, "widen_f16", d, out, expected, d, 0);
  t->widen_bf16(halves, out, d), oracle->widen_bf16(halves, expected, d);
  check(t->name, "widen_bf16", d, out, expected, d, 0);
  drop(x, m * d), drop(r, m * d), drop(g, d), drop(b, d), drop(table, rows * d), drop(out, m * d);
  drop(expected, m * d), drop(scales, rows), release(bytes, rows * d), release(halves, d * 2);
}

#include "narrow.h"
#include "scan.h"
#include "graph.h"
#include "rounding.h"

static void test_probes(const nt_kernels *t) {
  uint64_t (*const probes[])(uint64_t) = {t->probe_f32, t->probe_i8, t->probe_bf16, t->scan.probe_bits};
  for (int i = 0; i < 4; i++) {
    const uint64_t one = probes[i](1);
    checks++;
    if (one == 0 || probes[i](0) != 0 || probes[i](1001) != 1001 * one || probes[i](1100000) != 1100000 * one) {
      failures++;
      printf("%s: probe %d miscounts\n", t->name, i);
    }
  }
  uint32_t *words = guarded(1003 * 4), sum = 0;
  for (size_t i = 0; i < 1003; i++) sum += words[i] = (uint32_t)(random_float(1) * 1e9f + 2e9f);
  checks++;
  if (t->probe_read(words, 1003) != sum) failures++, printf("%s: probe_read sums wrong\n", t->name);
  release(words, 1003 * 4);
}

/// Tests the tables whose names begin with the argument, or all.
int main(int count, char **arguments) {
  static const size_t lengths[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 240, 384, 391};
  static const size_t depths[] = {0, 1, 3, 7, 20, 32, 64, 65}, texts[] = {0, 1, 2, 5, 13, 16, 17, 33, 97, 255, 300, 600};
  static const size_t windows[][2] = {{SIZE_MAX, SIZE_MAX}, {SIZE_MAX, 0}, {0, 0}, {5, 5}, {140, 30}};
  const nt_kernels *oracle = nt_kernels_at(0);
  int ran = 0;
  for (int32_t index = 0; index < nt_kernels_count(); index++) {
    const nt_kernels *t = nt_kernels_at(index);
    if (!t || (count > 1 && strncmp(t->name, arguments[1], strlen(arguments[1])) != 0)) continue;
    ran++;
    for (size_t m = 0; m < 28; m++) test_linear(t, oracle, m, 1 + (m * 7) % 50, 1 + (m * 13) % 70);
    test_linear(t, oracle, 5, 0, 7), test_linear(t, oracle, 5, 40, 0), test_linear(t, oracle, 3, 192, 384);
    test_linear(t, oracle, 40, 100, 800), test_linear(t, oracle, 200, 33, 1000), test_linear(t, oracle, 4, 130, 1000);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      for (size_t j = 0; j < sizeof depths / sizeof *depths; j++) {
        const size_t forms = depths[j] == 20 || depths[j] == 32 ? 5 : 1;  // an emulator has no time for all
        for (size_t form = 0; form < forms; form++) {
          test_attention(t, oracle, texts[i], depths[j], false, windows[form][0], windows[form][1]);
          test_attention(t, oracle, texts[i], depths[j], true, windows[form][0], windows[form][1]);
        }
      }
    }
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) test_rows(t, oracle, lengths[i]);
    test_narrows(t);
    test_scans(t, oracle);
    test_graphs(t, oracle);
    test_roundings(t, oracle);
    test_probes(t);
    printf("%s: ran\n", t->name);
  }
  printf("%d tables, %d checks, %d failures\n", ran, checks, failures);
  return failures != 0;
}
