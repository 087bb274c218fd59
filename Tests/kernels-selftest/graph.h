// Codes and graphs against the plain twins: whole numbers exactly, factors and scores closely.

/// Rows of codes whose every plane ends where an unreadable page begins.
static nt_codes codes_of(size_t rows, size_t d, bool tall) {
  return (nt_codes){.dimension = d, .high = guarded(rows * d / 2), .low = guarded(rows * d / 2),
                    .factors = guarded(rows * sizeof(nt_code_factors)), .fine = guarded(rows * 4),
                    .heights = tall ? floats(rows, 1) : NULL, .base = 2};
}

static void release_codes(nt_codes codes, size_t rows) {
  const size_t plane = rows * codes.dimension / 2;
  release(codes.high, plane), release(codes.low, plane), release(codes.factors, rows * sizeof(nt_code_factors));
  release(codes.fine, rows * 4);
  if (codes.heights) drop(codes.heights, rows);
}

static void check_bytes(const char *name, const char *what, size_t size, const void *a, const void *b, size_t count) {
  checks++;
  if (memcmp(a, b, count) == 0) return;
  failures++;
  printf("%s: %s of %zu: bytes differ\n", name, what, size);
}

static void check_queries(const nt_kernels *t, const char *what, nt_code_query a, nt_code_query b, size_t d) {
  check_bytes(t->name, what, d, a.codes, b.codes, d);
  check(t->name, what, d, (float[]){a.scale, a.coarse_shift, a.fine_shift, a.height},
        (float[]){b.scale, b.coarse_shift, b.fine_shift, b.height}, 4, 1e-6f);
}

/// Every estimate of a query from some rows: in order, by number, and from all bits.
static void test_estimates(const nt_kernels *t, const nt_kernels *oracle, const nt_codes *codes, size_t rows,
                           nt_code_query query, const char *what) {
  float *out = guarded(rows * 4), *expected = guarded(rows * 4);
  uint32_t *numbers = guarded(rows * 4);
  for (size_t i = 0; i < rows; i++) numbers[i] = (uint32_t)((i * 7 + 3) % rows);
  const float tolerance = 1e-5f * query.scale * 127 * (float)codes->dimension * 0.01f + 1e-6f;
  for (int form = 0; form < 3; form++) {
    const nt_kernels *tables[] = {t, oracle};
    float *results[] = {out, expected};
    for (int i = 0; i < 2; i++) {
      const nt_graphs *graph = &tables[i]->graph;
      if (form == 0) graph->scan(codes, &query, 1, rows - 1, results[i]);
      else (form == 1 ? graph->coarse : graph->fine)(codes, &query, numbers, rows, results[i]);
    }
    check(t->name, what, codes->dimension, out, expected, rows - (form == 0), tolerance);
  }
  release(out, rows * 4), release(expected, rows * 4), release(numbers, rows * 4);
}

static void test_codes(const nt_kernels *t, const nt_kernels *oracle, size_t d, bool extreme) {
  enum { rows = 21 };
  float *x = floats(rows * d, 1), *vector = floats(d, 1), squares[rows], others[rows];
  for (size_t i = 0; extreme && i < rows * d; i++) x[i] = i % 3 ? 1.0f : -1.0f;  // the ends of the codes' range
  for (size_t i = 0; extreme && i < d; i++) vector[i] = i % 3 ? 1.0f : -1.0f;
  memset(x + d, 0, d * sizeof *x);
  nt_codes codes = codes_of(rows, d, d % 128 != 0), twins = codes_of(rows, d, false);
  t->graph.encode(x, rows, &codes, 0, squares), oracle->graph.encode(x, rows, &twins, 0, others);
  check_bytes(t->name, "leading bits", d, codes.high, twins.high, rows * d / 2);
  check_bytes(t->name, "other bits", d, codes.low, twins.low, rows * d / 2);
  check(t->name, "square lengths", d, squares, others, rows, 1e-5f);
  check(t->name, "fine factors", d, codes.fine, twins.fine, rows, 1e-5f);
  for (size_t i = 0; i < rows; i++) {
    check(t->name, "coarse factors", d, &codes.factors[i].coarse, &twins.factors[i].coarse, 1, 1e-5f);
    codes.factors[i].bias = random_float(1);
  }
  int8_t *bytes = guarded(d), *same = guarded(d);
  nt_code_query query = t->graph.query(vector, d, bytes);
  check_queries(t, "a query's codes", query, oracle->graph.query(vector, d, same), d);
  query.height = 0.5f;
  test_estimates(t, oracle, &codes, rows, query, "estimates of a query");
  for (size_t row = 0; row < 3; row++) {
    const nt_code_query own = t->graph.row_query(&codes, row, bytes);
    check_queries(t, "a row's codes as a query", own, oracle->graph.row_query(&codes, row, same), d);
    test_estimates(t, oracle, &codes, rows, own, "estimates of a row");
  }
  drop(x, rows * d), drop(vector, d), release(bytes, d), release(same, d);
  release_codes(codes, rows), release_codes(twins, rows);
}

static nt_beam beam_of(size_t capacity, size_t rows, size_t d) {
  const size_t touched = 64 + nt_widest_row, words = (rows + 63) / 64, wide = (capacity + 1) * 4;
  nt_beam beam = {.scores = guarded(wide), .nodes = guarded(wide), .visited = guarded(words * 8), .visited_words = words,
                  .touched = guarded(touched * 4), .touched_capacity = touched, .trail_scores = guarded(wide),
                  .trail = guarded(wide), .trail_capacity = capacity, .distances = guarded(wide), .ratios = guarded(wide),
                  .query = guarded(d)};
  memset(beam.visited, 0, words * 8);
  return beam;
}

static void release_beam(nt_beam beam, size_t capacity, size_t d) {
  const size_t wide = (capacity + 1) * 4;
  release(beam.scores, wide), release(beam.nodes, wide), release(beam.visited, beam.visited_words * 8);
  release(beam.touched, beam.touched_capacity * 4), release(beam.trail_scores, wide), release(beam.trail, wide);
  release(beam.distances, wide), release(beam.ratios, wide), release(beam.query, d);
}

/// Builds a graph node by node, as an index does, and walks through it. The sums of two sets differ in their last bits
/// only, which decides between edges as good as each other; so both are asked about one graph, and about what they find.
static void test_walks(const nt_kernels *t, const nt_kernels *oracle, size_t d) {
  enum { rows = 150, slots = 12, degree = 8, capacity = 40 };
  float *x = floats(rows * d, 1), squares[rows];
  nt_codes codes = codes_of(rows, d, false);
  t->graph.encode(x, rows, &codes, 0, squares);
  codes.base = 0;
  for (size_t i = 0; i < rows; i++) codes.factors[i].bias = -squares[i] / 2;
  uint32_t *edges = guarded(rows * slots * 4);
  memset(edges, 255, rows * slots * 4);
  const uint32_t entries[] = {0, 1};
  nt_graph graph = {.codes = codes, .rows = rows, .edges = edges, .slots = slots, .entries = entries, .entry_count = 2};
  nt_beam beam = beam_of(capacity, rows, d);
  for (uint32_t node = 2; node < rows; node++) {
    t->graph.link(&graph, node, capacity, 1.2f, degree, &beam);
    checks++;
    bool sound = true;
    size_t length = 0;
    while (length < slots && edges[node * slots + length] != NT_NO_NODE) length++;
    for (size_t i = 0; i < length; i++) sound = sound && edges[node * slots + i] < node;
    if (!sound || length == 0 || length > degree) failures++, printf("%s: %zu edges of node %u\n", t->name, length, node);
    for (size_t i = 0; i < length; i++) {
      t->graph.attach(&graph, edges[node * slots + i], &node, 1, 1.2f, degree, false, NULL, &beam);
    }
  }
  int8_t *bytes = guarded(d);
  float *scores = guarded(capacity * 4), *exact = guarded(rows * 4);
  size_t found = 0;
  for (int asked = 0; asked < 10; asked++) {
    float *vector = floats(d, 1);
    const nt_code_query query = t->graph.query(vector, d, bytes);
    const size_t count = t->graph.search(&graph, &query, capacity, &beam);
    oracle->graph.coarse(&codes, &query, beam.nodes, count, scores);
    check(t->name, "scores of a walk", d, beam.scores, scores, count, 1e-5f * (float)d);
    oracle->graph.scan(&codes, &query, 0, rows, exact);
    size_t best = 0;
    for (size_t i = 1; i < rows; i++) best = exact[i] > exact[best] ? i : best;
    for (size_t i = 0; i < count && i < 3; i++) found += beam.nodes[i] == best;
    drop(vector, d);
  }
  checks++;
  if (found < 8) failures++, printf("%s: walks of dimension %zu find %zu of 10\n", t->name, d, found);
  for (size_t i = 0; i < beam.visited_words; i++) {
    checks++;
    if (beam.visited[i]) failures++, printf("%s: a walk leaves marks\n", t->name);
  }
  release_beam(beam, capacity, d), release(edges, rows * slots * 4), drop(x, rows * d), release(bytes, d);
  release(scores, capacity * 4), release(exact, rows * 4), release_codes(codes, rows);
}

static void test_graphs(const nt_kernels *t, const nt_kernels *oracle) {
  static const size_t dimensions[] = {64, 128, 192, 256, 320, 384, 768, 1024, 1088};
  for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
    test_codes(t, oracle, dimensions[i], false), test_codes(t, oracle, dimensions[i], true);
  }
  test_walks(t, oracle, 64), test_walks(t, oracle, 192), test_walks(t, oracle, 384);
}
