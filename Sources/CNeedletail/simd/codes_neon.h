// Dot products of a query of signed bytes with 4-bit codes, 128 bits at a time.

static inline int32x4_t nt_code_products(int32x4_t sum, uint8x16_t codes, int8x16_t query) {
  const int8x16_t factor = vreinterpretq_s8_u8(codes);  // at most 15
#ifdef NT_DOT
  return vdotq_s32(sum, factor, query);
#else
  const int16x8_t pairs = vmull_s8(vget_low_s8(factor), vget_low_s8(query));
  return vpadalq_s16(sum, vmlal_high_s8(pairs, factor, query));  // two products of at most 15 · 128 in 16 bits
#endif
}

/// Σ code · query over d features of a plane; d is a multiple of 64.
static inline int32_t nt_nibble_dot(const uint8_t *plane, const int8_t *query, size_t d) {
  const uint8x16_t mask = vdupq_n_u8(15);
  int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);
  for (size_t i = 0; i < d;) {
    const size_t width = d - i < 128 ? 32 : 64;
    for (size_t j = 0; j < width; j += 16, plane += 16) {
      const uint8x16_t pair = vld1q_u8(plane);
      low = nt_code_products(low, vandq_u8(pair, mask), vld1q_s8(query + i + j));
      high = nt_code_products(high, vshrq_n_u8(pair, 4), vld1q_s8(query + i + width + j));
    }
    i += 2 * width;
  }
  return vaddvq_s32(vaddq_s32(low, high));
}
