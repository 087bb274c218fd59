// c = activation(a · weightᵀ + bias) + residual, weights packed in panels of nt_panel features.

enum {
  nt_row_block = 192,    // rows whose factors stay in the second-level cache while all panels pass
  nt_depth_block = 384,  // depth of a panel that stays in the first-level cache while the rows pass
};

static size_t nt_linear_panel_count(size_t n) { return (n + nt_panel - 1) / nt_panel; }

static size_t nt_linear_packed_count(size_t n, size_t k) { return nt_linear_panel_count(n) * nt_panel * k; }

static void nt_linear_pack(const float *weight, size_t n, size_t k, size_t first, size_t count, float *packed) {
  for (size_t panel = first; panel < first + count; panel++) {
    const size_t rows = n - panel * nt_panel < nt_panel ? n - panel * nt_panel : nt_panel;
    nt_pack_panel(weight + panel * nt_panel * k, k, rows, k, packed + panel * nt_panel * k);
  }
}

/// One product, as its parts see it.
typedef struct {
  const float *a, *packed, *bias, *residual;
  float *c;
  size_t lda, ldr, ldc, n, k;
  nt_activation activation;
} nt_product;

/// The first sums of a residual product are residual + bias: they grow in c itself, even where c is the residual.
static void nt_start_with_residual(const nt_product *x, size_t row, size_t rows) {
  for (size_t end = row + rows; row < end; row++) {
    const float *residual = x->residual + row * x->ldr;
    float *c = x->c + row * x->ldc;
    size_t i = 0;
    for (; i + nt_lanes <= x->n; i += nt_lanes) {
      nt_store(c + i, nt_load(residual + i) + (x->bias ? nt_load(x->bias + i) : nt_splat(0.0f)));
    }
    for (; i < x->n; i++) c[i] = residual[i] + (x->bias ? x->bias[i] : 0.0f);
  }
}

/// Adds depth [step, step + depth) of `rows` rows and `panels` panels to c, or starts them where `step` is zero.
static void nt_product_tile(const nt_product *x, nt_tile tile, size_t row, size_t rows, size_t column, size_t panels,
                            size_t step, size_t depth) {
  const bool last = step + depth == x->k;
  const bool residual_in_sum = x->residual && x->activation == nt_activation_identity;
  const size_t width = panels * nt_panel, columns = x->n - column < width ? x->n - column : width;
  float *c = x->c + row * x->ldc + column;
  const float *start = c;
  size_t ld_start = x->ldc;
  if (step == 0 && !residual_in_sum) {
    start = x->bias ? x->bias + column : nt_zeros;
    ld_start = 0;
  }
  float local[nt_tile_rows * nt_panel] __attribute__((aligned(64))), first[nt_tile_rows * nt_panel];
  float *sums = c;
  size_t ld_sums = x->ldc;
  if (columns < width || (x->residual && !residual_in_sum)) {  // sums that c has no room for, or no right to hold yet
    sums = local;
    ld_sums = width;
    if (columns < width && start != nt_zeros) {
      for (size_t i = 0; i < (ld_start ? rows : 1); i++) {
        memcpy(first + i * width, start + i * ld_start, columns * sizeof(float));
        memset(first + i * width + columns, 0, (width - columns) * sizeof(float));
      }
      start = first;
      ld_start = ld_start ? width : 0;
    }
  }
  tile(x->a + row * x->lda + step, x->lda, x->packed + column * x->k + step * nt_panel, x->k * nt_panel, depth, start,
       ld_start, sums, ld_sums);
  if (sums == c && (!last || x->activation == nt_activation_identity)) return;
  if (last && x->activation != nt_activation_identity) nt_activate_tile(sums, ld_sums, rows, columns, x->activation);
  for (size_t i = 0; i < rows; i++, sums += ld_sums, c += x->ldc) {
    if (x->residual && !residual_in_sum) {
      const float *residual = x->residual + (row + i) * x->ldr + column;
      for (size_t j = 0; j < columns; j++) c[j] = sums[j] + residual[j];
    } else if (sums != c) {
      memcpy(c, sums, columns * sizeof(float));
    }
  }
}

static void nt_linear_f32(const float *a, size_t lda, const float *packed, const float *bias,
                          nt_activation activation, const float *residual, size_t ldr, float *c, size_t ldc, size_t m,
                          size_t n, size_t k) {
  const nt_product x = {a, packed, bias, residual, c, lda, ldr, ldc, n, k, activation};
  const bool identity = activation == nt_activation_identity;
  // Few rows: the weights are read once, so in one go. Sums that must not stand in c cannot be split either.
  const bool whole = m <= nt_tile_rows || (residual && !identity) || k <= nt_depth_block;
  const size_t parts = whole ? 1 : (k + nt_depth_block - 1) / nt_depth_block, part = (k + parts - 1) / parts;
  for (size_t block = 0; block < m; block += nt_row_block) {
    const size_t rows = m - block < nt_row_block ? m - block : nt_row_block;
    if (residual && identity) nt_start_with_residual(&x, block, rows);
    size_t step = 0;
    do {
      const size_t depth = k - step < part ? k - step : part;
      size_t column = 0;
      if (rows <= nt_wide_rows) {
        const size_t panels = nt_wide_tiles[rows - 1].panels;
        for (; column + panels * nt_panel <= n; column += panels * nt_panel) {
          nt_product_tile(&x, nt_wide_tiles[rows - 1].tile, block, rows, column, panels, step, depth);
        }
      }
      for (; column < n; column += nt_panel) {
        for (size_t row = 0; row < rows;) {
          const size_t some = nt_next_rows(rows - row);
          nt_product_tile(&x, nt_tiles[some - 1], block + row, some, column, 1, step, depth);
          row += some;
        }
      }
      step += depth;
    } while (step < k);
  }
}
