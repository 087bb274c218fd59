// bf16 where the processor does not multiply it: weights are widened in registers, rows stay float32. A word holds two
// features of one depth: lane i of the first register in its low half, lane i of the second in its high half.

#define NT_BF16_ROWS NT_TILE_ROWS

enum {
  nt_bf16_unit = 4,
  nt_bf16_vectors = 2,
  nt_bf16_width = nt_bf16_vectors * nt_lanes,
  nt_bf16_step_bytes = nt_lanes * 4,
  nt_bf16_panel_head = 0,
};

typedef nt_vector nt_bf16_sum;
typedef nt_vector nt_bf16_weight;

static inline nt_vector nt_bf16_load_sum(const float *p) { return nt_load(p); }
static inline void nt_bf16_store_sum(float *p, nt_vector sum) { nt_store(p, sum); }
static inline void nt_bf16_load(const char *p, nt_vector weight[nt_bf16_vectors]) {
  const nt_vector both = nt_load((const float *)p);
  weight[0] = nt_low_halves(both);
  weight[1] = nt_high_halves(both);
}
static inline nt_vector nt_bf16_factor(const char *p) { return nt_splat(*(const float *)p); }
static inline nt_vector nt_bf16_dot(nt_vector sum, nt_vector factor, nt_vector weight) {
  return nt_fma(factor, weight, sum);
}

static size_t nt_bf16_steps(size_t k) { return k; }

static void nt_bf16_prepare(const float *x, size_t ldx, void *rows, size_t m, size_t k) {
  char *out = rows;
  for (size_t row = 0; row < m; row++, x += ldx, out += nt_row_head + nt_whole_lines(k * 4)) {
    if (k) memcpy(out + nt_row_head, x, k * sizeof(float));
  }
}

/// The words of `steps` depths from `depth` on for the word column `column`; features from `n` on are zeros.
static void nt_bf16_some_words(const float *weight, size_t n, size_t k, size_t column, size_t depth, size_t steps,
                               uint32_t *words) {
  const float *low = weight + column * k + depth, *high = weight + (column + nt_lanes) * k + depth;
  for (size_t i = 0; i < steps; i++) {
    words[i] = column < n ? nt_rounded_bf16(low[i]) : 0;
    if (column + nt_lanes < n) words[i] |= nt_rounded_bf16(high[i]) << 16;
  }
}
