// Best-first search in a flat graph over 4+4-bit codes, and what changes the graph.

enum {
  nt_graph_starts = 16,  // entries that a walk begins with
  nt_few = 16,           // so few rows leave time to ask for those that are likely to come next
};

/// Marks a node of the beam whose edges were followed.
#define NT_EXPANDED 0x80000000u

/// Puts a node into a list in descending order of scores that holds `count` of at most `capacity`; returns its place, or
/// `capacity` where it is not among the best. The earlier of equal scores stays ahead.
static inline size_t nt_beam_insert(float *scores, uint32_t *nodes, size_t *count, size_t capacity, float score,
                                    uint32_t node) {
  if (*count == capacity && !(score > scores[capacity - 1])) return capacity;
  // Comparing with all of them is quicker than branches that no processor foresees.
  uint32_t first = 0;
  for (size_t i = 0; i < *count; i++) first += scores[i] >= score;
  const size_t moved = (*count < capacity ? (*count)++ : capacity - 1) - first;
  memmove(scores + first + 1, scores + first, moved * sizeof *scores);
  memmove(nodes + first + 1, nodes + first, moved * sizeof *nodes);
  scores[first] = score;
  nodes[first] = node;
  return first;
}

/// Notes that a node was seen; whether it is the first time.
static inline bool nt_visit(uint64_t *visited, uint32_t node) {
  const uint64_t bit = 1ull << (node & 63), word = visited[node >> 6];
  visited[node >> 6] = word | bit;
  return !(word & bit);
}

static size_t nt_row_length(const nt_graph *graph, const uint32_t *edges) {
  size_t length = 0;
  while (length < graph->slots && edges[length] < graph->rows) length++;
  return length;
}

static inline void nt_prefetch_edges(const nt_graph *graph, uint32_t node) {
  const char *row = (const char *)(graph->edges + (size_t)node * graph->slots);
  for (size_t i = 0; i < graph->slots * sizeof *graph->edges; i += 64) __builtin_prefetch(row + i);
}

/// Marks and returns those of some nodes that were not seen before, whose codes are then on their way; ends at the first
/// that is no row.
static inline size_t nt_fresh(const uint32_t *nodes, size_t count, const nt_graph *graph, uint64_t *visited,
                              uint32_t *fresh) {
  size_t found = 0;
  for (size_t i = 0; i < count && nodes[i] < graph->rows; i++) {
    fresh[found] = nodes[i];
    found += nt_visit(visited, nodes[i]);
  }
  for (size_t i = 0; i < found; i++) nt_prefetch_coarse(&graph->codes, fresh[i]);
  return found;
}

/// Asks for the codes of a node's neighbours that were not seen before.
static inline void nt_prefetch_neighbours(const nt_graph *graph, uint32_t node, const uint64_t *visited) {
  const uint32_t *edges = graph->edges + (size_t)node * graph->slots;
  for (size_t i = 0; i < graph->slots && edges[i] < graph->rows; i++) {
    if (!(visited[edges[i] >> 6] >> (edges[i] & 63) & 1)) nt_prefetch_coarse(&graph->codes, edges[i]);
  }
}

static size_t nt_graph_search(const nt_graph *graph, const nt_code_query *query, size_t capacity, nt_beam *beam) {
  const nt_codes *codes = &graph->codes;
  const size_t slots = graph->slots, starts = capacity < nt_graph_starts ? capacity : nt_graph_starts;
  float *scores = beam->scores;
  uint32_t *nodes = beam->nodes;
  size_t count = 0, touched = 0, scored = 0, next = 0;
  uint32_t fresh[nt_widest_row], foreseen = NT_NO_NODE;
  float estimates[nt_widest_row];
  beam->trail_count = 0;
  for (size_t first = 0; first < graph->entry_count; first += nt_widest_row) {
    const size_t some = graph->entry_count - first < nt_widest_row ? graph->entry_count - first : nt_widest_row;
    const size_t found = nt_fresh(graph->entries + first, some, graph, beam->visited, fresh);
    nt_coarse_scores(codes, query, fresh, found, estimates);
    for (size_t i = 0; i < found; i++) nt_beam_insert(scores, nodes, &count, starts, estimates[i], fresh[i]);
    for (size_t i = 0; i < found && touched + i < beam->touched_capacity; i++) beam->touched[touched + i] = fresh[i];
    touched += found;
  }
  scored = touched;
  while (next < count) {
    const uint32_t node = nodes[next];
    nodes[next] |= NT_EXPANDED;
    if (beam->trail_capacity > 0) {
      nt_beam_insert(beam->trail_scores, beam->trail, &beam->trail_count, beam->trail_capacity, scores[next], node);
    }
    const uint32_t *edges = graph->edges + (size_t)node * slots;
    const size_t found = nt_fresh(edges, slots, graph, beam->visited, fresh);
    size_t second = next + 1;
    while (second < count && nodes[second] & NT_EXPANDED) second++;
    if (second < count && found <= nt_few && nodes[second] != foreseen) {
      foreseen = nodes[second];
      nt_prefetch_neighbours(graph, foreseen, beam->visited);
    }
    nt_coarse_scores(codes, query, fresh, found, estimates);
    size_t lowest = next + 1;
    for (size_t i = 0; i < found; i++) {
      const size_t place = nt_beam_insert(scores, nodes, &count, capacity, estimates[i], fresh[i]);
      // One of the best so far is likely to be the next to go on from.
      if (place <= lowest) nt_prefetch_edges(graph, fresh[i]);
      if (place < lowest) lowest = place;
    }
    for (size_t i = 0; i < found && touched + i < beam->touched_capacity; i++) beam->touched[touched + i] = fresh[i];
    touched += found;
    scored += found;
    next = lowest;
    while (next < count && nodes[next] & NT_EXPANDED) next++;
    size_t after = next + 1;
    while (after < count && nodes[after] & NT_EXPANDED) after++;
    if (after < count) nt_prefetch_edges(graph, nodes[after]);
  }
  if (touched > beam->touched_capacity) {
    memset(beam->visited, 0, beam->visited_words * sizeof *beam->visited);
  } else {
    for (size_t i = 0; i < touched; i++) beam->visited[beam->touched[i] >> 6] = 0;
  }
  for (size_t i = 0; i < count; i++) nodes[i] &= ~NT_EXPANDED;
  beam->scored = scored;
  return count;
}

/// Writes to a node's row, of candidates with the best first, those that no kept one is nearer to; where that leaves the
/// row short, also those that a kept one is nearer to by a factor of less than `alpha`.
static void nt_graph_prune(const nt_graph *graph, uint32_t node, const uint32_t *nodes, const float *scores, size_t count,
                           float alpha, size_t degree, nt_beam *beam) {
  const nt_codes *codes = &graph->codes;
  uint32_t *edges = graph->edges + (size_t)node * graph->slots;
  // For each candidate how many times farther the node is than the nearest kept one; without limit once it is settled.
  float *distances = beam->distances, *ratios = beam->ratios;
  const float settled = __builtin_inff(), base = codes->base - 2 * codes->factors[node].bias;
  for (size_t i = 0; i < count; i++) {
    distances[i] = base - 2 * scores[i];
    ratios[i] = nodes[i] == node ? settled : 0;
  }
  size_t kept = 0;
  for (int pass = 0; pass < 2 && kept < degree; pass++) {
    const float limit = pass == 0 ? 1 : alpha;
    for (size_t i = 0; i < count && kept < degree; i++) {
      if (ratios[i] >= limit) continue;
      ratios[i] = settled;
      edges[kept++] = nodes[i];
      if (kept == degree) break;
      const nt_code_query query = nt_graph_row_query(codes, nodes[i], beam->query);
      const float other = codes->base - 2 * codes->factors[nodes[i]].bias;
      for (size_t j = pass == 0 ? i + 1 : 0; j < count;) {
        uint32_t open[nt_widest_row], places[nt_widest_row];
        float estimates[nt_widest_row];
        size_t some = 0;
        for (; j < count && some < nt_widest_row; j++) {
          open[some] = nodes[j];
          places[some] = (uint32_t)j;
          some += ratios[j] < alpha;
        }
        nt_coarse_scores(codes, &query, open, some, estimates);
        for (size_t k = 0; k < some; k++) {
          const float between = other - 2 * estimates[k];
          const float ratio = between > 0 ? distances[places[k]] / between : settled;
          if (ratio > ratios[places[k]]) ratios[places[k]] = ratio;
        }
      }
    }
  }
  for (; kept < graph->slots; kept++) edges[kept] = NT_NO_NODE;
}

static void nt_graph_link(const nt_graph *graph, uint32_t node, size_t capacity, float alpha, size_t degree,
                          nt_beam *beam) {
  const nt_code_query query = nt_graph_row_query(&graph->codes, node, beam->query);
  nt_graph_search(graph, &query, capacity, beam);
  nt_graph_prune(graph, node, beam->trail, beam->trail_scores, beam->trail_count, alpha, degree, beam);
}

static void nt_graph_attach(const nt_graph *graph, uint32_t node, const uint32_t *sources, size_t count, float alpha,
                            size_t degree, bool force, const uint64_t *removed, nt_beam *beam) {
  uint32_t *edges = graph->edges + (size_t)node * graph->slots;
  size_t length = nt_row_length(graph, edges), kept = 0;
  for (size_t i = 0; i < length; i++) {
    const bool stays = !removed || !(removed[edges[i] >> 6] >> (edges[i] & 63) & 1);
    edges[kept] = edges[i];
    kept += stays;
  }
  for (size_t i = kept; i < length; i++) edges[i] = NT_NO_NODE;
  length = kept;
  uint32_t *wanted = beam->touched;  // the sources that the row does not have yet
  size_t more = 0;
  for (size_t i = 0; i < count && more < beam->touched_capacity; i++) {
    bool known = sources[i] == node;
    for (size_t j = 0; j < length && !known; j++) known = edges[j] == sources[i];
    wanted[more] = sources[i];
    more += !known;
  }
  if (!force && length + more <= graph->slots) {
    memcpy(edges + length, wanted, more * sizeof *edges);
    return;
  }
  const nt_codes *codes = &graph->codes;
  const nt_code_query query = nt_graph_row_query(codes, node, beam->query);
  const size_t capacity = beam->trail_capacity;
  size_t ranked = 0;
  for (size_t first = 0; first < length + more; first += nt_widest_row) {
    const size_t some = length + more - first < nt_widest_row ? length + more - first : nt_widest_row;
    uint32_t others[nt_widest_row];
    float estimates[nt_widest_row];
    for (size_t i = 0; i < some; i++) others[i] = first + i < length ? edges[first + i] : wanted[first + i - length];
    nt_coarse_scores(codes, &query, others, some, estimates);
    for (size_t i = 0; i < some; i++) {
      nt_beam_insert(beam->trail_scores, beam->trail, &ranked, capacity, estimates[i], others[i]);
    }
  }
  nt_graph_prune(graph, node, beam->trail, beam->trail_scores, ranked, alpha, degree, beam);
}

#define NT_GRAPHS                        \
  {                                      \
      .encode = nt_graph_encode,         \
      .query = nt_graph_query,           \
      .row_query = nt_graph_row_query,   \
      .scan = nt_graph_scan,             \
      .coarse = nt_graph_coarse,         \
      .fine = nt_graph_fine,             \
      .search = nt_graph_search,         \
      .link = nt_graph_link,             \
      .attach = nt_graph_attach,         \
  }
