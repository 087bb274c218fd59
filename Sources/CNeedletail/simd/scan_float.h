// Scans of rows of float32 and of bfloat16, which is widened in registers: dot products and squared distances.

static inline nt_vector nt_scan_part_bf16(const uint16_t *p, size_t count) {
  uint16_t rest[nt_lanes] = {0};
  memcpy(rest, p, count * sizeof *p);
  return nt_load_bf16(rest);
}

/// Differences first, squares after: |q|² + |x|² − 2 q · x would lose the small distances that matter most.
static inline nt_vector nt_scan_apart(nt_vector sum, nt_vector row, nt_vector query) {
  const nt_vector difference = query - row;
  return nt_fma(difference, difference, sum);
}

#define NT_S_QUERY float
#define NT_S_RESULT float
#define NT_S_STEP nt_lanes
#define NT_S_LOADED nt_vector
#define NT_S_ASKED nt_vector
#define NT_S_ASK(p, d) nt_load(p)
#define NT_S_ASK_PART(p, count, d) nt_load_part(p, count)
#define NT_S_SUM nt_vector
#define NT_S_ZERO nt_splat(0.0f)
#define NT_S_FINISH(sum, total, out) ((void)(total), nt_scan_four_f32(sum, out))

#define NT_S(name) nt_scan_dot_f32_##name
#define NT_S_ROW float
#define NT_S_LOAD(p) nt_load(p)
#define NT_S_LOAD_PART(p, count) nt_load_part(p, count)
#define NT_S_GROW(sum, a, b) nt_fma(a, b, sum)
#include "scan_tile.h"

#define NT_S(name) nt_scan_distance_f32_##name
#define NT_S_ROW float
#define NT_S_LOAD(p) nt_load(p)
#define NT_S_LOAD_PART(p, count) nt_load_part(p, count)
#define NT_S_GROW(sum, a, b) nt_scan_apart(sum, a, b)
#include "scan_tile.h"

#define NT_S(name) nt_scan_dot_bf16_##name
#define NT_S_ROW uint16_t
#define NT_S_LOAD(p) nt_load_bf16(p)
#define NT_S_LOAD_PART(p, count) nt_scan_part_bf16(p, count)
#define NT_S_GROW(sum, a, b) nt_fma(a, b, sum)
#include "scan_tile.h"

#define NT_S(name) nt_scan_distance_bf16_##name
#define NT_S_ROW uint16_t
#define NT_S_LOAD(p) nt_load_bf16(p)
#define NT_S_LOAD_PART(p, count) nt_scan_part_bf16(p, count)
#define NT_S_GROW(sum, a, b) nt_scan_apart(sum, a, b)
#include "scan_tile.h"

#undef NT_S_QUERY
#undef NT_S_RESULT
#undef NT_S_STEP
#undef NT_S_LOADED
#undef NT_S_ASKED
#undef NT_S_ASK
#undef NT_S_ASK_PART
#undef NT_S_SUM
#undef NT_S_ZERO
#undef NT_S_FINISH

static void nt_scan_dot_f32(const float *queries, size_t ldq, size_t q, const float *rows, size_t ldr, size_t m,
                            size_t d, float *out, size_t ldo) {
  nt_scan_dot_f32_rows(queries, ldq, q, rows, ldr, m, d, NULL, out, ldo);
}
static void nt_scan_distance_f32(const float *queries, size_t ldq, size_t q, const float *rows, size_t ldr, size_t m,
                                 size_t d, float *out, size_t ldo) {
  nt_scan_distance_f32_rows(queries, ldq, q, rows, ldr, m, d, NULL, out, ldo);
}
static void nt_scan_dot_bf16(const float *queries, size_t ldq, size_t q, const uint16_t *rows, size_t ldr, size_t m,
                             size_t d, float *out, size_t ldo) {
  nt_scan_dot_bf16_rows(queries, ldq, q, rows, ldr, m, d, NULL, out, ldo);
}
static void nt_scan_distance_bf16(const float *queries, size_t ldq, size_t q, const uint16_t *rows, size_t ldr,
                                  size_t m, size_t d, float *out, size_t ldo) {
  nt_scan_distance_bf16_rows(queries, ldq, q, rows, ldr, m, d, NULL, out, ldo);
}
