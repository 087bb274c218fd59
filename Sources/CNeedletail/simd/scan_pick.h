// From sums to scores, and which of them are worth a look: most rows end here.

/// (sum · factor + shift) · scale + offset for lanes from `i` on.
static inline nt_vector nt_scan_scores(nt_vector sums, nt_vector factor, nt_vector shift, const float *scales,
                                       const float *offsets, size_t i, size_t left) {
  nt_vector score = nt_fma(sums, factor, shift);
  if (scales != NULL) score = score * (left < nt_lanes ? nt_load_part(scales + i, left) : nt_load(scales + i));
  if (offsets != NULL) score = score + (left < nt_lanes ? nt_load_part(offsets + i, left) : nt_load(offsets + i));
  return score;
}

/// Writes the allowed rows of a few lanes whose bits are set.
static inline size_t nt_scan_keep(nt_vector score, uint32_t above, size_t i, const uint64_t *allowed,
                                  uint32_t *indexes, float *scores, size_t count) {
  if (allowed != NULL) above &= (uint32_t)(allowed[i / 64] >> (i % 64));
  if (above == 0) return count;
  float lanes[nt_lanes];
  nt_store(lanes, score);
  for (; above != 0; above &= above - 1, count++) {
    const uint32_t lane = (uint32_t)__builtin_ctz(above);
    indexes[count] = (uint32_t)i + lane;
    scores[count] = lanes[lane];
  }
  return count;
}

#define NT_PICK(name, value, load)                                                                                  \
  static size_t name(const value *sums, size_t m, float factor, float shift, const float *scales,                   \
                     const float *offsets, float threshold, const uint64_t *allowed, uint32_t *indexes,             \
                     float *scores) {                                                                               \
    const nt_vector factors = nt_splat(factor), shifts = nt_splat(shift), least = nt_splat(threshold);              \
    size_t count = 0, i = 0;                                                                                        \
    for (; i + nt_lanes <= m; i += nt_lanes) {                                                                      \
      const nt_vector score = nt_scan_scores(load(sums + i), factors, shifts, scales, offsets, i, nt_lanes);        \
      const uint32_t above = nt_scan_above(score, least);                                                           \
      if (__builtin_expect(above != 0, 0)) count = nt_scan_keep(score, above, i, allowed, indexes, scores, count);  \
    }                                                                                                               \
    if (i < m) {                                                                                                    \
      value rest[nt_lanes] = {0};                                                                                   \
      memcpy(rest, sums + i, (m - i) * sizeof *rest);                                                               \
      const nt_vector score = nt_scan_scores(load(rest), factors, shifts, scales, offsets, i, m - i);               \
      const uint32_t above = nt_scan_above(score, least) & ((1u << (m - i)) - 1);                                   \
      count = nt_scan_keep(score, above, i, allowed, indexes, scores, count);                                       \
    }                                                                                                               \
    return count;                                                                                                   \
  }

NT_PICK(nt_scan_pick_f32, float, nt_load)
NT_PICK(nt_scan_pick_i32, int32_t, nt_scan_value)

#undef NT_PICK
