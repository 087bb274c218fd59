// Rounding a row of floats to whole numbers. Every set of kernels adds in the same order and rounds products and sums
// apart, so that codes and scales are the same bits everywhere.

static nt_whole_row nt_round_whole(const float *x, size_t d, int8_t *codes) {
  int32_t most = 0, total = 0;  // sizes of floats are in the order of their bits
  for (size_t i = 0; i < d; i++) {
    int32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= INT32_MAX;
    most = bits > most ? bits : most;
  }
  float size;
  memcpy(&size, &most, sizeof size);
  const float inverse = 127.0f / size;
  if (!(size > 0) || inverse > 3.4e38f) {
    memset(codes, 0, d);
    return (nt_whole_row){0, 0};
  }
  for (size_t i = 0; i < d; i++) {
    const int32_t code = (int32_t)__builtin_rintf(x[i] * inverse);
    codes[i] = (int8_t)code;
    total += code;
  }
  return (nt_whole_row){.scale = size / 127.0f, .total = total};
}

/// The code of the odd number from −15 to 15 that is nearest to a value times `inverse`.
static inline float nt_odd_code(float value, float inverse) {
#pragma clang fp contract(off)
  const float code = __builtin_rintf((value * inverse + 15.0f) * 0.5f), least = code > 0 ? code : 0;
  return least < 15 ? least : 15;
}

/// The inner products of the odd numbers with the row and with themselves.
static inline void nt_measure_odd(const float *x, size_t d, float inverse, float *product, float *square) {
#pragma clang fp contract(off)
  float products[16] = {0}, squares[16] = {0};
  for (size_t i = 0; i < d; i += 16) {
    for (size_t j = 0; j < 16; j++) {
      const float odd = 2 * nt_odd_code(x[i + j], inverse) - 15;
      products[j] += x[i + j] * odd;
      squares[j] += odd * odd;
    }
  }
  *product = *square = 0;
  for (size_t j = 0; j < 16; j++) *product += products[j], *square += squares[j];
}

static nt_odd_row nt_round_odd(const float *x, size_t d, float square, uint8_t *codes) {
  // Half a step of 16 even steps that lose least of a normal distribution of deviation 1 (Max 1960,
  // doi:10.1109/TIT.1960.1057548), and wider ones for rows with values that stand out.
  static const float half_steps[] = {0.1676f, 0.21f, 0.26f, 0.33f};
  const float deviation = __builtin_sqrtf(square / (float)d);
  float best = 0, kept = 0;
  nt_odd_row row = {0, 0};
  for (size_t i = 0; i < sizeof half_steps / sizeof *half_steps; i++) {
    const float inverse = 1.0f / (half_steps[i] * deviation);
    float product, size;
    if (!(inverse <= 3.4e38f)) continue;
    nt_measure_odd(x, d, inverse, &product, &size);
    if (product * product / size > kept) {
      best = inverse;
      kept = product * product / size;
      row = (nt_odd_row){.product = product, .scale = product / size};
    }
  }
  if (best == 0) {
    memset(codes, 8, d);
    return row;
  }
  for (size_t i = 0; i < d; i++) codes[i] = (uint8_t)nt_odd_code(x[i], best);
  return row;
}

static void nt_code_bits(const uint8_t *codes, size_t d, unsigned plane, uint64_t *words) {
  for (size_t i = 0; i < d; i += 64) {
    uint64_t word = 0;
    for (size_t j = 0; j < 64; j += 8) {
      uint64_t eight;
      memcpy(&eight, codes + i + j, sizeof eight);
      // The product moves the lowest bit of byte k to bit k of the highest byte.
      word |= (eight >> plane & 0x0101010101010101u) * 0x0102040810204080u >> 56 << j;
    }
    words[i / 64] = word;
  }
}

#define NT_ROUNDING                  \
  .round_whole = nt_round_whole,     \
  .round_odd = nt_round_odd,         \
  .code_bits = nt_code_bits
