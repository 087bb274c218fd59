// What becomes of the sums of scans before scores are made of them: plain loops that every set compiles for itself.

static void nt_add_planes(int32_t *sums, size_t q, size_t planes, size_t ldo, size_t first, size_t m) {
  for (size_t j = 0; j < q; j++) {
    int32_t *to = sums + j * ldo + first;
    for (size_t b = 0; b < planes; b++) {
      const int32_t *from = sums + (j * planes + b) * ldo + first;
      for (size_t i = 0; i < m; i++) to[i] = (b == 0 ? 0 : to[i]) + (from[i] << b);
    }
  }
}

static void nt_extremes(const int32_t *sums, size_t q, size_t ldo, size_t m, bool least, int32_t *extremes) {
  for (size_t j = 0; j < q; j++, sums += ldo) {
    int32_t extreme = sums[0];
    if (least) {
      for (size_t i = 0; i < m; i++) extreme = sums[i] < extreme ? sums[i] : extreme;
    } else {
      for (size_t i = 0; i < m; i++) extreme = sums[i] > extreme ? sums[i] : extreme;
    }
    extremes[j] = extreme;
  }
}

#define NT_SCAN_SUMS                 \
  .add_planes = nt_add_planes,       \
  .extremes = nt_extremes
