// The Walsh–Hadamard transform of rows: sums and differences, so that one large feature becomes part of many. Every set
// of kernels adds in the same order, so the result is the same bits everywhere. A file that includes this has defined
// NT_ROTATE, its name for the function.

typedef float nt_eight __attribute__((vector_size(32), aligned(4), may_alias));

/// Groups of eight features in a block: the largest power of two, at most 128, for which blocks fill the row.
static size_t nt_rotated_groups(size_t k) {
  size_t groups = 1;
  while (groups < 128 && k > 0 && k % (16 * groups) == 0) groups *= 2;
  return groups;
}

/// The transform of eight features times their factors.
static inline void nt_rotate_eight(const float *features, const float *factors, float *out) {
  const nt_eight ones = {1, -1, 1, -1, 1, -1, 1, -1}, twos = {1, 1, -1, -1, 1, 1, -1, -1};
  const nt_eight fours = {1, 1, 1, 1, -1, -1, -1, -1};
  nt_eight x = *(const nt_eight *)features;
  if (factors) x *= *(const nt_eight *)factors;
  x = x * ones + __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
  x = x * twos + __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5);
  *(nt_eight *)out = x * fours + __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
}

/// The transform of a block of groups, each of which is transformed itself; two steps of it at a time.
static void nt_rotate_block(float *x, size_t groups) {
  nt_eight *group = (nt_eight *)x;
  size_t step = 1;
  for (; step * 4 <= groups; step *= 4) {
    for (size_t first = 0; first < groups; first += 4 * step) {
      for (size_t i = first; i < first + step; i++) {
        const nt_eight a = group[i], b = group[i + step], c = group[i + 2 * step], d = group[i + 3 * step];
        const nt_eight sum = a + b, difference = a - b, other_sum = c + d, other_difference = c - d;
        group[i] = sum + other_sum;
        group[i + step] = difference + other_difference;
        group[i + 2 * step] = sum - other_sum;
        group[i + 3 * step] = difference - other_difference;
      }
    }
  }
  for (size_t i = 0; step < groups && i < step; i++) {
    const nt_eight a = group[i], b = group[i + step];
    group[i] = a + b;
    group[i + step] = a - b;
  }
}

static size_t NT_ROTATE(const float *x, size_t ldx, const float *factors, float *out, size_t m, size_t k) {
  const size_t groups = nt_rotated_groups(k);
  for (size_t row = 0; row < m; row++, x += ldx, out += k) {
    if (groups == 1) {
      memcpy(out, x, k * sizeof *out);
      for (size_t i = 0; factors && i < k; i++) out[i] *= factors[i];
      continue;
    }
    for (size_t i = 0; i < k; i += 8) nt_rotate_eight(x + i, factors ? factors + i : 0, out + i);
    for (size_t i = 0; i < k; i += 8 * groups) nt_rotate_block(out + i, groups);
  }
  return groups == 1 ? 1 : 8 * groups;
}
