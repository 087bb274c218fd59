// bf16 where the processor multiplies it: preparing rows and words of weights, both rounded by nt_bf16_round.

enum { nt_bf16_group = nt_bf16_unit / 2 };  // depths of a step

static size_t nt_bf16_steps(size_t k) { return (k + nt_bf16_group - 1) / nt_bf16_group; }

static void nt_bf16_round_row(const float *x, size_t k, char *out) {
  size_t i = 0;
  for (; i + nt_lanes <= k; i += nt_lanes) nt_bf16_round(nt_load(x + i), out + 2 * i);
  if (i < k) nt_bf16_round(nt_load_part(x + i, k - i), out + 2 * i);
}

static void nt_bf16_prepare(const float *x, size_t ldx, void *rows, size_t m, size_t k) {
  char *out = rows;
  for (size_t row = 0; row < m; row++, out += nt_row_head + nt_whole_lines(nt_bf16_steps(k) * nt_bf16_unit)) {
    nt_bf16_round_row(x + row * ldx, k, out + nt_row_head);
  }
}

/// The words of `steps` steps from `step` on of the feature `column`; features from `n` on are zeros.
static void nt_bf16_some_words(const float *weight, size_t n, size_t k, size_t column, size_t step, size_t steps,
                               uint32_t *words) {
  const size_t depth = step * nt_bf16_group, left = k - depth;
  memset(words, 0, steps * nt_bf16_unit);
  if (column >= n) return;
  // Whole registers fit: the buffer has room for 64 steps, which are a multiple of nt_lanes depths.
  nt_bf16_round_row(weight + column * k + depth, left < steps * nt_bf16_group ? left : steps * nt_bf16_group,
                    (char *)words);
}
