// The codes of NEON's byte products: signed on both sides, so that no sum needs a correction.

static inline void nt_int8_row_words(nt_vector scaled, char *words) {
  const int16x4_t pairs = vmovn_s32(vcvtnq_s32_f32(scaled));
  const int8x8_t bytes = vmovn_s16(vcombine_s16(pairs, pairs));
  memcpy(words, &bytes, 4);
}
static inline void nt_int8_weight_words(nt_vector scaled, char *words) { nt_int8_row_words(scaled, words); }
