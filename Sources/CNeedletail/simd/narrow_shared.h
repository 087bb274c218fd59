// What the narrow precisions of one instruction set share.

enum {
  nt_row_head = 64,             // bytes before a row's words: its scale, and a stride that is no power of two
  nt_rows_budget = 192 * 1024,  // bytes of prepared rows that stay in the second-level cache
  nt_panel_budget = 24 * 1024,  // bytes of a panel that stay in the first-level cache
};

static inline size_t nt_whole_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

/// The nearest bfloat16, ties to even; a NaN stays one.
static inline uint32_t nt_rounded_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (bits & 0x7fffffff) > 0x7f800000 ? bits >> 16 | 0x40 : rounded;
}

/// out[step][column] = block[column][step], units of `unit` words; columns are a multiple of `nt_block`.
static void nt_narrow_turn(const float *block, size_t ld, size_t columns, size_t steps, size_t unit, char *out) {
  size_t step = 0;
  for (; unit == 1 && step + nt_block <= steps; step += nt_block) {
    for (size_t column = 0; column < columns; column += nt_block) {
      nt_transpose(block + column * ld + step, ld, (float *)out + step * columns + column, columns);
    }
  }
  for (; step < steps; step++) {
    for (size_t column = 0; column < columns; column++) {
      memcpy(out + (step * columns + column) * unit * 4, block + column * ld + step * unit, unit * 4);
    }
  }
}
