// Functions of one number, on vectors. Polynomials run as an even and an odd half: the shorter chain is the faster one.
// The coefficients are minimax fits (Tools/reference/kernel_polynomials.py).

/// A step of a function, for `count` vectors side by side.
#define NT_STEPS(count) _Pragma("unroll") for (size_t i = 0; i < (count); i++)
/// p[i] = p[i] · x[i] + c for each, and not first one vector's whole polynomial, then the next one's.
#define NT_FMA_STEPS(count, p, x, c)                 \
  do {                                               \
    const nt_vector constant = nt_splat(c);          \
    _Pragma("unroll") for (size_t i = 0; i < (count); i++) { \
      p[i] = nt_fma(p[i], x[i], constant);           \
      NT_KEEP(p[i]);                                 \
    }                                                \
  } while (0)

/// 2^(t − n) · 2^n for t ≤ 0, where `shifted` is t rounded to n plus the number below.
static const float nt_rounder = 0x1.8p23f + 127.0f;  // leaves n + 127 in the low bits of the sum

static inline nt_vector nt_power_of_two(nt_vector fraction, nt_vector shifted) {
  const nt_vector square = fraction * fraction;
  nt_vector odd = nt_splat(1.33988744e-3f), even = nt_splat(1.53533618e-4f);
  odd = nt_fma(odd, square, nt_splat(5.55033247e-2f));
  even = nt_fma(even, square, nt_splat(9.61843736e-3f));
  odd = nt_fma(odd, square, nt_splat(6.93147203e-1f));
  even = nt_fma(even, square, nt_splat(2.40226479e-1f));
  return nt_fma(odd, fraction, nt_fma(even, square, nt_splat(1.0f))) * nt_as_exponent(shifted);
}

#define NT_INLINE static inline __attribute__((always_inline))

/// t = 2^t for `count` vectors, t ≤ 0, within 2e-7 of itself; zero below 2⁻¹²⁷. Several vectors step by step share
/// their constants and hide one another's latency.
NT_INLINE void nt_exp2_nonpositive(nt_vector *t, size_t count) {
  nt_vector p[8], shifted[8];
  const nt_vector rounder = nt_splat(0x1.8p23f);
  NT_STEPS(count) t[i] = nt_max(nt_splat(-127.0f), t[i]);
  NT_STEPS(count) shifted[i] = t[i] + rounder;
  NT_STEPS(count) t[i] = t[i] - (shifted[i] - rounder);
  NT_STEPS(count) p[i] = nt_splat(1.3264727e-3f);
  NT_FMA_STEPS(count, p, t, 9.671513e-3f);
  NT_FMA_STEPS(count, p, t, 5.5507336e-2f);
  NT_FMA_STEPS(count, p, t, 2.4022242e-1f);
  NT_FMA_STEPS(count, p, t, 6.93147e-1f);
  NT_FMA_STEPS(count, p, t, 1.0f);
  NT_STEPS(count) t[i] = nt_add_exponent(p[i], shifted[i]);  // −127 leaves nothing of the exponent of 1: zero
}

/// e^x for x ≤ 0 within 2 ulp; results below 2⁻¹²⁶ are zero.
static inline nt_vector nt_exp_nonpositive(nt_vector x) {
  x = nt_max(nt_splat(-88.0296919f), x);  // −127 · ln 2
  const nt_vector log2e = nt_splat(1.44269502f), log2e_rest = nt_splat(1.92596299e-8f);
  const nt_vector shifted = nt_fma(x, log2e, nt_splat(nt_rounder));
  const nt_vector fraction = nt_fma(x, log2e, nt_splat(nt_rounder) - shifted);
  return nt_power_of_two(nt_fma(x, log2e_rest, fraction), shifted);
}

static inline nt_vector nt_sigmoid(nt_vector x) {
  const nt_vector e = nt_exp_nonpositive(-nt_abs(x)), one = nt_splat(1.0f);
  return nt_if_less(x, nt_splat(0.0f), e, one) / (one + e);
}

static inline nt_vector nt_tanh(nt_vector x) {
  const nt_vector size = nt_abs(x), one = nt_splat(1.0f), square = x * x;
  nt_vector p = nt_splat(-5.70499e-3f);
  p = nt_fma(p, square, nt_splat(2.063909e-2f));
  p = nt_fma(p, square, nt_splat(-5.373971e-2f));
  p = nt_fma(p, square, nt_splat(1.3331442e-1f));
  p = nt_fma(p, square, nt_splat(-3.3333282e-1f));
  const nt_vector near = nt_fma(p * square, x, x);
  const nt_vector e = nt_exp_nonpositive(nt_splat(-2.0f) * size);
  const nt_vector far = (one - e) / (one + e);
  const nt_vector signed_far = nt_if_less(x, nt_splat(0.0f), -far, far);
  return nt_if_less(size, nt_splat(0.625f), near, signed_far);
}

/// x · Φ(x) = max(x, 0) − |x| · Φ(−|x|) for `count` vectors: no cancellation on either side. log₂ Φ(−u) is a
/// polynomial whose error, times uΦ(−u), stays under 3e-9; it falls without end, so a large u gives zero.
NT_INLINE void nt_gelu_steps(nt_vector *x, size_t count) {
  nt_vector u[8], square[8], p[8], odd[8];
  NT_STEPS(count) u[i] = nt_min(nt_splat(13.0f), nt_abs(x[i]));
  NT_STEPS(count) square[i] = u[i] * u[i];
  NT_STEPS(count) p[i] = nt_splat(-3.6317036e-8f);
  NT_STEPS(count) odd[i] = nt_splat(1.0027936e-6f);
  NT_FMA_STEPS(count, p, square, -1.2058214e-5f);
  NT_FMA_STEPS(count, odd, square, 8.049804e-5f);
  NT_FMA_STEPS(count, p, square, -2.8664988e-4f);
  NT_FMA_STEPS(count, odd, square, 2.211842e-6f);
  NT_FMA_STEPS(count, p, square, 6.9567254e-3f);
  NT_FMA_STEPS(count, odd, square, -5.2454863e-2f);
  NT_FMA_STEPS(count, p, square, -4.592145e-1f);
  NT_FMA_STEPS(count, odd, square, -1.1511052f);
  NT_FMA_STEPS(count, p, square, -1.0f);
  NT_STEPS(count) p[i] = nt_fma(odd[i], u[i], p[i]);
  nt_exp2_nonpositive(p, count);
  NT_STEPS(count) x[i] = nt_fma(-u[i], p[i], nt_max(nt_splat(0.0f), x[i]));
}

/// The same within 1e-4, for results that are rounded to 8 bits next: max(x, 0) − u · p(u) with u = min(|x|, 4.2).
NT_INLINE void nt_gelu_short_steps(nt_vector *x, size_t count) {
  nt_vector u[8], p[8];
  NT_STEPS(count) u[i] = nt_min(nt_splat(4.2f), nt_abs(x[i]));
  NT_STEPS(count) p[i] = nt_splat(-1.6324107e-5f);
  NT_FMA_STEPS(count, p, u, 3.7700753e-4f);
  NT_FMA_STEPS(count, p, u, -3.6118377e-3f);
  NT_FMA_STEPS(count, p, u, 1.8055953e-2f);
  NT_FMA_STEPS(count, p, u, -4.6973743e-2f);
  NT_FMA_STEPS(count, p, u, 4.56563e-2f);
  NT_FMA_STEPS(count, p, u, 3.2531444e-2f);
  NT_FMA_STEPS(count, p, u, 1.4342232e-2f);
  NT_FMA_STEPS(count, p, u, -4.0192485e-1f);
  NT_FMA_STEPS(count, p, u, 5.002142e-1f);
  NT_STEPS(count) x[i] = nt_fma(-u[i], p[i], nt_max(nt_splat(0.0f), x[i]));
}

/// The tanh form written as a sigmoid: (1 + tanh y) / 2 = sigmoid(2y).
static inline nt_vector nt_gelu_tanh(nt_vector x) {
  const nt_vector cubic = nt_fma(x * x, nt_splat(0.044715f * 1.5957691f), nt_splat(1.5957691f));
  return x * nt_sigmoid(x * cubic);
}

static inline nt_vector nt_relu(nt_vector x) { return nt_max(nt_splat(0.0f), x); }
static inline nt_vector nt_silu(nt_vector x) { return x * nt_sigmoid(x); }
static inline nt_vector nt_quick_gelu(nt_vector x) { return x * nt_sigmoid(nt_splat(1.702f) * x); }

// One loop a function, so that each keeps its own constants in registers.
#define NT_EACH(function)                                                                                         \
  static void function##_each(const float *x, float *out, size_t count) {                                         \
    size_t i = 0;                                                                                                 \
    for (; i + nt_lanes <= count; i += nt_lanes) nt_store(out + i, function(nt_load(x + i)));                     \
    if (i < count) nt_store_part(out + i, function(nt_load_part(x + i, count - i)), count - i);                   \
  }

NT_EACH(nt_gelu_tanh)
NT_EACH(nt_relu)
NT_EACH(nt_silu)
NT_EACH(nt_tanh)
NT_EACH(nt_sigmoid)
NT_EACH(nt_quick_gelu)
#undef NT_EACH

/// Functions of several vectors step by step: four of them.
NT_INLINE void nt_each_step(const float *x, float *out, size_t count, void (*steps)(nt_vector *x, size_t count)) {
  size_t i = 0;
  nt_vector v[4];
  for (; i + 4 * nt_lanes <= count; i += 4 * nt_lanes) {
    _Pragma("unroll") for (size_t j = 0; j < 4; j++) v[j] = nt_load(x + i + j * nt_lanes);
    steps(v, 4);
    _Pragma("unroll") for (size_t j = 0; j < 4; j++) nt_store(out + i + j * nt_lanes, v[j]);
  }
  for (; i + nt_lanes <= count; i += nt_lanes) {
    v[0] = nt_load(x + i);
    steps(v, 1);
    nt_store(out + i, v[0]);
  }
  if (i == count) return;
  v[0] = nt_load_part(x + i, count - i);
  steps(v, 1);
  nt_store_part(out + i, v[0], count - i);
}

static void nt_gelu_each(const float *x, float *out, size_t count) { nt_each_step(x, out, count, nt_gelu_steps); }

/// GELU for results that are rounded to 8 bits next.
static void nt_gelu_short_each(const float *x, float *out, size_t count) {
  nt_each_step(x, out, count, nt_gelu_short_steps);
}

typedef void (*nt_each)(const float *x, float *out, size_t count);

static const nt_each nt_activations[] = {
    [nt_activation_gelu] = nt_gelu_each, [nt_activation_gelu_tanh] = nt_gelu_tanh_each,
    [nt_activation_relu] = nt_relu_each, [nt_activation_silu] = nt_silu_each,
    [nt_activation_tanh] = nt_tanh_each, [nt_activation_sigmoid] = nt_sigmoid_each,
    [nt_activation_quick_gelu] = nt_quick_gelu_each,
};

static void nt_activate_f32(float *x, nt_activation activation, size_t count) {
  if (activation != nt_activation_identity) nt_activations[activation](x, x, count);
}

enum { nt_gate_part = 512 };  // elements whose activations stay near until they are multiplied

static void nt_gate_f32(const float *x, const float *gate, nt_activation activation, float *out, size_t count) {
  float part[nt_gate_part];
  for (size_t start = 0; start < count; start += nt_gate_part) {
    const size_t some = count - start < nt_gate_part ? count - start : nt_gate_part;
    const float *active = x + start;
    if (activation != nt_activation_identity) {
      nt_activations[activation](active, part, some);
      active = part;
    }
    size_t i = 0;
    for (; i + nt_lanes <= some; i += nt_lanes)
      nt_store(out + start + i, nt_load(active + i) * nt_load(gate + start + i));
    if (i < some)
      nt_store_part(out + start + i,
                    nt_load_part(active + i, some - i) * nt_load_part(gate + start + i, some - i), some - i);
  }
}

/// x[i, j] = activation(x[i, j]) over rows that are a few vectors long, as a tile of a product leaves them.
static void nt_activate_tile(float *x, size_t ld, size_t rows, size_t columns, nt_activation activation) {
  size_t row = 0;
  if (activation == nt_activation_gelu && columns == nt_tile_vectors * nt_lanes) {
    for (; row + 2 <= rows; row += 2) {
      nt_vector v[2 * nt_tile_vectors];
      _Pragma("unroll") for (size_t i = 0; i < 2 * nt_tile_vectors; i++)
        v[i] = nt_load(x + (row + i / nt_tile_vectors) * ld + i % nt_tile_vectors * nt_lanes);
      nt_gelu_steps(v, 2 * nt_tile_vectors);
      _Pragma("unroll") for (size_t i = 0; i < 2 * nt_tile_vectors; i++)
        nt_store(x + (row + i / nt_tile_vectors) * ld + i % nt_tile_vectors * nt_lanes, v[i]);
    }
  }
  for (; row < rows; row++) nt_activations[activation](x + row * ld, x + row * ld, columns);
}
