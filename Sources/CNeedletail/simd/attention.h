// Attention of one head over one text by the online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): scores
// exist only for one panel of queries and one block of keys at a time. Blocks are counted from the start of the text,
// and a key outside a query's window weighs exactly nothing, so a query's result does not depend on its neighbours'.

enum {
  nt_keys = 128,                           // keys of one block
  nt_query_vectors = 12,                   // vectors of queries that share a block while it is in the cache
  nt_queries = nt_query_vectors * nt_lanes,
  nt_near = 48,  // texts up to this length are read where they stand: their rows collide in few sets of the cache
};

/// One call, and where the parts of its scratch stand.
typedef struct {
  const float *q, *k, *v;
  size_t ld, ld_keys, ld_values, value_step;  // v's panel of columns x starts at x · value_step
  float factor;                               // of the queries: scores come out in powers of two
  float cap;                                  // of the scores, in powers of two; 0 for none
  size_t before, after, l, d, width;          // width: d in whole panels
  float *out;
  size_t ldo;
  bool biased, windowed;
  float *scores;      // [nt_keys, nt_most_queries]
  float *queries;     // panels of [d, lanes]
  float *sums;        // [nt_queries, width]
  float *highest;     // [nt_queries]
  float *total;       // [nt_queries]
  float *bias;        // of query i and key j at i − j + l − 1
} nt_attention;

static size_t nt_whole_panels(size_t count) { return (count + nt_panel - 1) / nt_panel * nt_panel; }

static size_t nt_attention_scratch_count(size_t l, size_t d) {
  const size_t width = nt_whole_panels(d);
  return nt_keys * nt_most_queries + nt_queries * (d + width + 2) + l * (d + width + 2) + nt_most_queries + 16;
}

static const float nt_log2_e = 1.44269504f;

/// The bias by distance, the other way round, times log₂ e; −∞ outside the window.
static void nt_attention_bias(const nt_attention *x, const float *distance_bias) {
  const size_t count = 2 * x->l - 1, middle = x->l - 1, low = middle - x->after, high = middle + x->before;
  for (size_t i = 0; i < count; i++) {
    const float bias = distance_bias ? distance_bias[count - 1 - i] * nt_log2_e : 0.0f;
    x->bias[i] = i < low || i > high ? -__builtin_inff() : bias;
  }
  for (size_t i = count; i < count + nt_most_queries; i++) x->bias[i] = 0.0f;  // queries that do not exist
}

/// Copies columns of v [l, d] into panels [l, nt_panel], missing columns as zeros.
static void nt_pack_values(const float *v, size_t ld, size_t l, size_t d, float *values) {
  for (size_t column = 0; column < d; column += nt_panel) {
    for (size_t row = 0; row < l; row++, values += nt_panel) {
      for (size_t i = 0; i < nt_panel; i += nt_lanes) {
        const size_t left = column + i < d ? d - column - i : 0;
        const float *source = v + row * ld + column + i;
        if (left >= nt_lanes) {
          nt_store(values + i, nt_load(source));
        } else {
          nt_store(values + i, left ? nt_load_part(source, left) : nt_splat(0.0f));
        }
      }
    }
  }
}

/// Divides the scratch, and copies keys and values into it where reading them in place would cost more.
static void nt_attention_start(nt_attention *x, const float *distance_bias, float *scratch) {
  x->scores = (float *)(((uintptr_t)scratch + 63) & ~(uintptr_t)63);
  x->queries = x->scores + nt_keys * nt_most_queries;
  x->highest = x->queries + nt_queries * x->d;
  x->total = x->highest + nt_queries;
  x->sums = x->total + nt_queries;
  float *values = x->sums + nt_queries * x->width, *keys = values + x->width * x->l;
  x->bias = keys + x->l * x->d;
  if (x->l > nt_near && x->ld != x->d) {
    for (size_t row = 0; row < x->l; row++) memcpy(keys + row * x->d, x->k + row * x->ld, x->d * sizeof(float));
    x->k = keys;
    x->ld_keys = x->d;
  }
  if (x->l > nt_near || x->width != x->d) {
    nt_pack_values(x->v, x->ld, x->l, x->d, values);
    x->v = values;
    x->ld_values = nt_panel;
    x->value_step = x->l;
  }
  if (x->biased || x->windowed) nt_attention_bias(x, distance_bias);
}

/// Some queries next to one another: [first, end) of the text, `vectors` of lanes, at `place` in the block.
typedef struct {
  size_t first, end, vectors, place;
} nt_query_panel;

/// How many of the `left` vectors of queries make the next panel: twos, and a three where one would be left over.
static inline size_t nt_next_vectors(size_t left) { return left <= nt_most_vectors ? left : 2; }

/// scores = cap · tanh(scores / cap) + bias, and highest raised to them, as the scores' own loops do it without a cap.
static void nt_cap_scores(float *scores, size_t keys, size_t lanes, float cap, const float *bias, float *highest) {
  const nt_vector limit = nt_splat(cap), inverse = nt_splat(1.0f / cap);
  for (size_t i = 0; i < lanes; i += nt_lanes) {
    nt_vector top = nt_load(highest + i);
    for (size_t key = 0; key < keys; key++) {
      float *score = scores + key * lanes + i;
      nt_vector v = limit * nt_tanh(nt_load(score) * inverse);
      if (bias) v = v + nt_load(bias + i - key);
      nt_store(score, v);
      top = nt_max(top, v);
    }
    nt_store(highest + i, top);
  }
}

/// One panel of queries over keys [from, to) of one block.
static void nt_attention_step(const nt_attention *x, const nt_query_panel *p, size_t from, size_t to, bool first,
                              bool last) {
  const size_t lanes = p->vectors * nt_lanes;
  const float *queries = x->queries + p->place * x->d;
  float *highest = x->highest + p->place, *total = x->total + p->place, *scores = x->scores;
  float former[nt_most_queries], factor[nt_most_queries];
  for (size_t i = 0; i < lanes; i += nt_lanes) {
    // The lowest score is finite, so that one of −∞ weighs nothing.
    if (first) nt_store(highest + i, nt_splat(-3.40282347e38f));
    else nt_store(former + i, nt_load(highest + i));
  }
  // All queries of the panel see the keys [seen, unseen); elsewhere, and under a bias, each has its own addend.
  size_t seen = from, unseen = to;
  if (x->biased) {
    seen = unseen = to;
  } else if (x->windowed) {
    const size_t low = p->end - 1 > x->before ? p->end - 1 - x->before : 0, high = p->first + x->after + 1;
    seen = low < from ? from : low < to ? low : to;
    unseen = high < seen ? seen : high < to ? high : to;
  }
  const size_t ends[] = {seen, unseen, to};
  for (size_t part = 0, start = from; part < 3; start = ends[part++]) {
    if (start == ends[part]) continue;
    const float *bias = part == 1 ? NULL : x->bias + (p->first + x->l - 1 - start);
    float *some = scores + (start - from) * lanes, raw[nt_most_queries] = {0};
    const bool capped = x->cap > 0.0f;
    nt_scores[p->vectors - 1](x->k + start * x->ld_keys, x->ld_keys, ends[part] - start, queries, x->d,
                              capped ? NULL : bias, some, capped ? raw : highest);
    if (capped) nt_cap_scores(some, ends[part] - start, lanes, x->cap, bias, highest);
  }
  nt_softens[p->vectors - 1](scores, to - from, first, former, highest, total, factor);
  float inverse[nt_most_queries];
  if (last) {
    for (size_t i = 0; i < lanes; i += nt_lanes) nt_store(inverse + i, nt_splat(1.0f) / nt_load(total + i));
  }
  float *sums = x->sums + p->place * x->width;
  const bool direct = last && x->width == x->d;
  const nt_mixture mixture = {
      .weights = scores, .values = x->v + from * x->ld_values, .start = first ? NULL : sums, .factor = factor,
      .inverse = last ? inverse : NULL, .sums = direct ? x->out + p->first * x->ldo : sums, .ld_weights = lanes,
      .ld_values = x->ld_values, .value_step = x->value_step, .ld_start = x->width,
      .ld_sums = direct ? x->ldo : x->width, .keys = to - from, .queries = p->end - p->first, .width = x->width};
  nt_mix(&mixture);
  if (last && !direct) {
    for (size_t row = 0; row < mixture.queries; row++) {
      memcpy(x->out + (p->first + row) * x->ldo, sums + row * x->width, x->d * sizeof(float));
    }
  }
}

static void nt_attention_f32(const float *q, const float *k, const float *v, size_t ld, float scale,
                             float cap, const float *distance_bias, size_t before, size_t after, float *out, size_t ldo,
                             size_t l, size_t d, float *scratch) {
  if (l == 0 || d == 0) return;
  nt_attention x = {.q = q, .k = k, .v = v, .ld = ld, .ld_keys = ld, .ld_values = ld, .value_step = 1,
                    .factor = scale * nt_log2_e, .cap = cap * nt_log2_e, .before = before < l ? before : l - 1,
                    .after = after < l ? after : l - 1, .l = l, .d = d, .width = nt_whole_panels(d), .out = out,
                    .ldo = ldo, .biased = distance_bias != NULL};
  x.windowed = x.before < l - 1 || x.after < l - 1;
  nt_attention_start(&x, distance_bias, scratch);
  for (size_t block = 0; block < l; block += nt_queries) {
    const size_t end = l - block < nt_queries ? l : block + nt_queries;
    nt_query_panel panels[nt_query_vectors];
    size_t count = 0;
    for (size_t first = block; first < end; count++) {
      const size_t vectors = nt_next_vectors((end - first + nt_lanes - 1) / nt_lanes);
      const size_t next = end - first < vectors * nt_lanes ? end : first + vectors * nt_lanes;
      panels[count] = (nt_query_panel){first, next, vectors, first - block};
      nt_pack_queries(q + first * ld, ld, next - first, d, x.factor, vectors * nt_lanes,
                      x.queries + (first - block) * d);
      first = next;
    }
    const size_t low = block > x.before ? block - x.before : 0, high = end - 1 < l - x.after ? end + x.after : l;
    for (size_t key = low / nt_keys * nt_keys; key < high; key += nt_keys) {
      for (const nt_query_panel *p = panels; p < panels + count; p++) {
        const size_t from = p->first > x.before ? p->first - x.before : 0;
        const size_t to = p->end - 1 < l - x.after ? p->end + x.after : l;
        if (from >= key + nt_keys || to <= key) continue;
        nt_attention_step(&x, p, from > key ? from : key, to < key + nt_keys ? to : key + nt_keys, from >= key,
                          to <= key + nt_keys);
      }
    }
  }
}
