// c = activation(rows · weightᵀ + bias) + residual for one narrow precision, on tiles made by narrow_tile.h or
// narrow_matrix_tile.h. Included once for each precision: NT_N(name) is nt_int8_name or nt_bf16_name.
//
// A sum is one chain over the depth in order (int8: exact), so the rows and panels computed together change no bit.

enum {  // rows whose sums may stand on the stack at once
  NT_N(row_block) = NT_N_ROWS * ((6144 / NT_N(width) < 192 ? 6144 / NT_N(width) : 192) / NT_N_ROWS),
};

static size_t NT_N(panel_width)(void) { return NT_N(width); }

static size_t NT_N(row_bytes)(size_t k) { return nt_row_head + nt_whole_lines(NT_N(steps)(k) * NT_N(unit)); }

static size_t NT_N(panel_bytes)(size_t k) {
  return NT_N(panel_head) + nt_whole_lines(NT_N(steps)(k) * NT_N(step_bytes));
}

/// From the sums of `count` rows to c: scales, bias, activation, residual. `sums` is overwritten.
static void NT_N(end)(float *sums, const char *rows, size_t row_bytes, const char *panel, const float *bias,
                      nt_activation activation, const float *residual, size_t ldr, float *c, size_t ldc, size_t count,
                      size_t columns) {
  const bool direct = activation == nt_activation_identity && columns == NT_N(width);
  for (size_t row = 0; row < count; row++) {
    const float *from = sums + row * NT_N(width);
    float *to = direct ? c + row * ldc : sums + row * NT_N(width);
    _Pragma("unroll") for (size_t i = 0; i < NT_N(vectors); i++) {
      nt_vector value = NT_N(finish)(NT_N(load_sum)(from + i * nt_lanes), rows + row * row_bytes, panel, bias, i);
      if (direct && residual) value = value + nt_load(residual + row * ldr + i * nt_lanes);
      nt_store(to + i * nt_lanes, value);
    }
  }
  if (direct) return;
  if (activation == nt_activation_gelu) NT_N(gelu)(sums, sums, count * NT_N(width));
  else if (activation != nt_activation_identity) nt_activations[activation](sums, sums, count * NT_N(width));
  for (size_t row = 0; row < count; row++) {
    const float *from = sums + row * NT_N(width);
    for (size_t i = 0; i < columns; i += nt_lanes) {
      const size_t left = columns - i;
      nt_vector value = nt_load(from + i);
      if (left >= nt_lanes) {
        if (residual) value = value + nt_load(residual + row * ldr + i);
        nt_store(c + row * ldc + i, value);
      } else {
        if (residual) value = value + nt_load_part(residual + row * ldr + i, left);
        nt_store_part(c + row * ldc + i, value, left);
      }
    }
  }
}

/// How many of the `left` rows go into the next tile: all that fit, but never a tile of one or two after a full one.
static inline size_t NT_N(next_rows)(size_t left) {
  if (left <= NT_N_ROWS) return left;
  return left < NT_N_ROWS + NT_N_ROWS / 2 + 1 ? (left + 1) / 2 : NT_N_ROWS;
}

static void NT_N(linear)(const void *rows, const void *packed, const float *bias, nt_activation activation,
                         const float *residual, size_t ldr, float *c, size_t ldc, size_t m, size_t n, size_t k) {
  const size_t steps = NT_N(steps)(k), row_bytes = NT_N(row_bytes)(k), panel_bytes = NT_N(panel_bytes)(k);
  // Rows that stay in the second-level cache while the panels pass; of a panel, as much depth as the first level holds.
  size_t block_rows = nt_rows_budget / row_bytes / NT_N_ROWS * NT_N_ROWS;
  if (block_rows < 4 * NT_N_ROWS) block_rows = 4 * NT_N_ROWS;
  if (block_rows > NT_N(row_block)) block_rows = NT_N(row_block);
  const size_t most = nt_panel_budget / NT_N(step_bytes);
  const size_t parts = m <= NT_N_ROWS || steps <= most ? 1 : (steps + most - 1) / most;
  const size_t part = parts ? (steps + parts - 1) / parts : 0;
  float sums[NT_N(row_block) * NT_N(width)] __attribute__((aligned(64)));
  float some_bias[NT_N(width)] __attribute__((aligned(64))) = {0};
  for (size_t block = 0; block < m; block += block_rows) {
    const size_t block_end = m - block < block_rows ? m : block + block_rows;
    const char *panel = packed;
    for (size_t column = 0; column < n; column += NT_N(width), panel += panel_bytes) {
      const size_t columns = n - column < NT_N(width) ? n - column : NT_N(width);
      if (bias) memcpy(some_bias, bias + column, columns * sizeof(float));
      size_t step = 0;
      do {
        const size_t depth = steps - step < part ? steps - step : part;
        const char *weights = panel + NT_N(panel_head) + step * NT_N(step_bytes);
        for (size_t row = block; row < block_end;) {
          const size_t count = NT_N(next_rows)(block_end - row);
          const char *first = (const char *)rows + row * row_bytes;
          float *here = parts > 1 ? sums + (row - block) * NT_N(width) : sums;
          const float *start = step ? here : NT_N(start)(panel, some_bias);
          NT_N(tiles)[count - 1](first + nt_row_head + step * NT_N(unit), row_bytes, weights, depth, start,
                                 step ? NT_N(width) : 0, here);
          if (step + depth == steps) {
            NT_N(end)(here, first, row_bytes, panel, some_bias, activation,
                      residual ? residual + row * ldr + column : NULL, ldr, c + row * ldc + column, ldc, count,
                      columns);
          }
          row += count;
        }
        step += depth;
      } while (step < steps);
    }
  }
}
