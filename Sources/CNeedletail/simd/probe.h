// Known amounts of work for the caller to time: what one core can do at most. Nothing here reads a clock.
//
// Every sum starts at zero and grows by products of ones, so the sums themselves say how many operations were done: no
// compiler can leave work out and still return the right count.
//
// A table's file says what its processors multiply directly, before it includes this: NT_VNNI (x86: products of 8-bit
// numbers, four to a sum), NT_DOT (NEON: the same), NT_BF16 (products of bfloat16 numbers, two to a sum). Without them
// 8-bit numbers are multiplied as pairs of 16-bit numbers (x86) or widened (NEON), and bfloat16 numbers as float32;
// NT_INT8_RUNS says that four products of 8-bit numbers are added in 16 bits first.

enum {
  nt_probe_chains = NT_TILE_ROWS > 6 ? 24 : 12,  // sums side by side: more than the latency times the units
  nt_probe_rounds = 1 << 20,                     // no float32 sum outgrows the whole numbers that it can hold
};

#if NT_BITS == 512
typedef __m512i nt_integers;
#define NT_ONES(bytes) (bytes == 1 ? _mm512_set1_epi8(1) : _mm512_set1_epi16(1))
#if defined(NT_VNNI)
#define NT_GROW(sum, a, b) _mm512_dpbusd_epi32(sum, a, b)
#else
#define NT_GROW(sum, a, b) _mm512_add_epi32(sum, _mm512_madd_epi16(a, b))
#endif
#elif NT_BITS == 256
typedef __m256i nt_integers;
#define NT_ONES(bytes) (bytes == 1 ? _mm256_set1_epi8(1) : _mm256_set1_epi16(1))
#if defined(NT_VNNI)
#define NT_GROW(sum, a, b) _mm256_dpbusd_avx_epi32(sum, a, b)
#elif defined(NT_INT8_RUNS)
static inline nt_integers nt_probe_run(nt_integers sum, nt_integers a, nt_integers b) {
  const nt_integers products = nt_int8_products(a, b);
  NT_KEEP(a);
  return nt_int8_widen(sum, nt_int8_join(products, nt_int8_products(a, b)));
}
#define NT_GROW(sum, a, b) nt_probe_run(sum, a, b)
#else
#define NT_GROW(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#endif
#else
typedef int32x4_t nt_integers;
#define NT_ONES(bytes) vreinterpretq_s32_s8(vdupq_n_s8(1))
#if defined(NT_DOT)
#define NT_GROW(sum, a, b) vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b))
#else
#define NT_GROW(sum, a, b) \
  vpadalq_s16(sum, vmull_s8(vget_low_s8(vreinterpretq_s8_s32(a)), vget_low_s8(vreinterpretq_s8_s32(b))))
#endif
#endif

#if defined(NT_VNNI) || defined(NT_INT8_RUNS)
enum { nt_probe_bytes = 1 };
#else
enum { nt_probe_bytes = 2 };
#endif

/// Rounds in blocks that no sum outgrows; `grow` is one step of the chain `sum[i]`, `number` a lane of it.
#define NT_PROBE(name, vector, number, operands, ones, grow)                                     \
  static uint64_t name(uint64_t rounds) {                                                        \
    uint64_t count = 0;                                                                          \
    operands a = ones;                                                                           \
    const operands b = a;                                                                        \
    while (rounds > 0) {                                                                         \
      const uint64_t some = rounds < nt_probe_rounds ? rounds : nt_probe_rounds;                 \
      vector sum[nt_probe_chains];                                                               \
      memset(sum, 0, sizeof sum);                                                                \
      for (uint64_t round = 0; round < some; round++) {                                          \
        _Pragma("unroll") for (int i = 0; i < nt_probe_chains; i++) {                            \
          NT_KEEP(a);                                                                            \
          sum[i] = grow;                                                                         \
        }                                                                                        \
      }                                                                                          \
      number lanes[sizeof sum / (sizeof(number))];                                               \
      memcpy(lanes, sum, sizeof sum);                                                            \
      for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++) count += (uint64_t)lanes[i];     \
      rounds -= some;                                                                            \
    }                                                                                            \
    return 2 * count;                                                                            \
  }

NT_PROBE(nt_probe_f32, nt_vector, float, nt_vector, nt_splat(1.0f), nt_fma(a, b, sum[i]))
NT_PROBE(nt_probe_i8, nt_integers, int32_t, nt_integers, NT_ONES(nt_probe_bytes), NT_GROW(sum[i], a, b))

#if defined(NT_BF16) && NT_BITS == 512
NT_PROBE(nt_probe_bf16, nt_vector, float, nt_integers, _mm512_set1_epi32(0x3f803f80),
         _mm512_dpbf16_ps(sum[i], (__m512bh)a, (__m512bh)b))
#elif defined(NT_BF16)
NT_PROBE(nt_probe_bf16, nt_vector, float, nt_integers, vdupq_n_s32(0x3f803f80),
         vbfdotq_f32(sum[i], vreinterpretq_bf16_s32(a), vreinterpretq_bf16_s32(b)))
#else
#define nt_probe_bf16 nt_probe_f32
#endif

#undef NT_PROBE
#undef NT_GROW
#undef NT_ONES

/// The sum of `count` words, modulo 2³²: whole numbers, so that no order of adding changes it.
static uint32_t nt_probe_read(const uint32_t *words, size_t count) {
  enum { chains = 8, each = NT_BITS / 32 };
  typedef uint32_t nt_words __attribute__((vector_size(NT_BITS / 8)));
  nt_words sum[chains];
  memset(sum, 0, sizeof sum);
  size_t i = 0;
  for (; i + chains * each <= count; i += chains * each) {
    _Pragma("unroll") for (size_t j = 0; j < chains; j++) {
      nt_words v;
      memcpy(&v, words + i + j * each, sizeof v);
      sum[j] += v;
    }
  }
  uint32_t total = 0, lanes[chains * each];
  memcpy(lanes, sum, sizeof lanes);
  for (size_t j = 0; j < chains * each; j++) total += lanes[j];
  for (; i < count; i++) total += words[i];
  return total;
}
