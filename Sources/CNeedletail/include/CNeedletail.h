// CNeedletail: the arithmetic, fast on this processor.
//
// Kernels never allocate, throw, start threads or keep state: the caller owns every buffer and splits the work.
// Each instruction set fills one immutable table; `nt_kernels_at` hands it out and the caller passes it on.
//
// Letters: m rows (tokens), n output features, k input features, d features of a row or of a head, l tokens of one
// text. Matrices are row-major float32; `ld…` is the distance between two rows in elements. Pointers may be unaligned
// unless a comment says otherwise; packed weights are 64-byte aligned. Inputs and outputs do not overlap unless a
// comment allows it. Sizes of zero are allowed and do nothing.
//
// Batch invariance: a row of the result depends on its own row of the input only, and is the same bits whatever the
// number of rows computed with it and wherever it stands among them.
#ifndef CNEEDLETAIL_H
#define CNEEDLETAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Elementwise functions that a matrix product applies to its result.
typedef enum nt_activation : int32_t {
  nt_activation_identity = 0,
  nt_activation_gelu = 1,       // x · Φ(x) with the exact error function
  nt_activation_gelu_tanh = 2,  // the tanh approximation ("gelu_new", "gelu_pytorch_tanh")
  nt_activation_relu = 3,
  nt_activation_silu = 4,
  nt_activation_tanh = 5,
  nt_activation_sigmoid = 6,
  nt_activation_quick_gelu = 7,  // x · sigmoid(1.702 x)
} nt_activation;

/// Matrix products of one narrow precision. A prepared row serves any number of products of its depth. A panel of packed
/// weights is complete in itself, so a product over some of a weight's panels is a product of its own. `k` is at most
/// 65,536 (the int32 sums of int8 hold no more). Prepared rows and packed weights belong to the table that made them
/// and are 64-byte aligned.
///
/// int8 rounds weights to whole multiples of a scale of each output feature, w ≈ scale · code with |code| ≤ 127 and
/// scale = max |w| / 127, and rows to multiples of a scale of each row (token) from a zero point, x ≈ scale · (code −
/// zero) with `codes` codes between min(x, 0) and max(x, 0). Sums of products of codes are exact. A feature whose
/// largest size is below 2⁻¹²⁰, or a row whose is below 2⁻¹¹⁸, counts as zeros; one that holds an infinity or a NaN
/// gives NaN.
///
/// Where `codes` is 160, four products are added in 16 bits, and a feature's scale is so large that they always fit: of
/// every eight weights in order, those whose place modulo 4 is 0 or 1 are one run and the others another, and the scale
/// is at least 1/204 of a run's sum of positive weights and of its sum of negative ones.
///
/// bf16 rounds weights to the nearest bfloat16, ties to even; rows too where the processor multiplies bfloat16.
typedef struct nt_narrow {
  /// How many codes a row of int8 may have, 256 or 160; 0 for bf16.
  int32_t codes;
  /// The bytes from one prepared row to the next, a multiple of 64.
  size_t (*_Nonnull row_bytes)(size_t k);
  /// Prepares rows x[m, k], `ldx` floats apart.
  void (*_Nonnull prepare)(const float *_Nonnull x, size_t ldx, void *_Nonnull rows, size_t m, size_t k);
  /// The output features of a panel; a weight has ceil(n / panel_width) panels.
  size_t (*_Nonnull panel_width)(void);
  /// The bytes of a panel, a multiple of 64.
  size_t (*_Nonnull panel_bytes)(size_t k);
  /// Packs panels [first, first + count) of a weight [n, k] (row = output feature); panel i stands at
  /// packed + i · panel_bytes.
  void (*_Nonnull pack)(const float *_Nonnull weight, size_t n, size_t k, size_t first, size_t count,
                        void *_Nonnull packed);
  /// c[m, n] = activation(rows[m, k] · weightᵀ + bias[n]) + residual[m, n]. `bias` and `residual` may be null;
  /// `residual` may be `c` itself. The exact GELU of int8 is within 1e-4, far less than what rounding its result to 8
  /// bits changes.
  void (*_Nonnull linear)(const void *_Nonnull rows, const void *_Nonnull packed, const float *_Nullable bias,
                          nt_activation activation, const float *_Nullable residual, size_t ldr, float *_Nonnull c,
                          size_t ldc, size_t m, size_t n, size_t k);
} nt_narrow;

/// A row as whole numbers from −127 to 127 times a scale, and the sum of them.
typedef struct nt_whole_row {
  float scale;
  int32_t total;
} nt_whole_row;

/// A row as odd numbers from −15 to 15: its inner product with them, and what makes them as near to it as they can be.
typedef struct nt_odd_row {
  float product;
  float scale;
} nt_odd_row;

/// Scores of many stored rows for several queries at once; every row is read once. out[j · ldo + i] belongs to query j of
/// q and row i of m. It is the same bits however many queries and rows are asked for together. Sums of whole numbers are
/// exact.
typedef struct nt_scan {
  /// Σ query · row, or Σ (query − row)², over d values; rows lie `ldr` values apart and queries `ldq`.
  void (*_Nonnull dot_f32)(const float *_Nonnull queries, size_t ldq, size_t q, const float *_Nonnull rows, size_t ldr,
                           size_t m, size_t d, float *_Nonnull out, size_t ldo);
  void (*_Nonnull distance_f32)(const float *_Nonnull queries, size_t ldq, size_t q, const float *_Nonnull rows,
                                size_t ldr, size_t m, size_t d, float *_Nonnull out, size_t ldo);
  /// The same of rows in bfloat16.
  void (*_Nonnull dot_bf16)(const float *_Nonnull queries, size_t ldq, size_t q, const uint16_t *_Nonnull rows,
                            size_t ldr, size_t m, size_t d, float *_Nonnull out, size_t ldo);
  void (*_Nonnull distance_bf16)(const float *_Nonnull queries, size_t ldq, size_t q, const uint16_t *_Nonnull rows,
                                 size_t ldr, size_t m, size_t d, float *_Nonnull out, size_t ldo);
  /// Σ query · (byte − 128) over `bytes` ≤ 65,536 bytes of a dense row, which are 1 to 255; queries [q, bytes] are −127 to
  /// 127 and totals[q] their sums.
  void (*_Nonnull dot_i8)(const int8_t *_Nonnull queries, size_t q, const uint8_t *_Nonnull rows, size_t m,
                          size_t bytes, const int32_t *_Nonnull totals, int32_t *_Nonnull out, size_t ldo);
  /// Σ query · (2 · code − 15) over the codes, 0 to 15, of rows of `bytes` ≤ 65,536 bytes. The low halves of a row's bytes
  /// are multiplied with the first half of a query [2 · bytes] from −127 to 127, the high halves with the second.
  void (*_Nonnull dot_i4)(const int8_t *_Nonnull queries, size_t q, const uint8_t *_Nonnull rows, size_t m,
                          size_t bytes, const int32_t *_Nonnull totals, int32_t *_Nonnull out, size_t ldo);
  /// How many bits of a query [words] differ from a row's, or are set in both. Eight rows, a group, lie side by side:
  /// rows [groups, words, 8]; there are 8 · groups scores for each query.
  void (*_Nonnull differing)(const uint64_t *_Nonnull queries, size_t q, const uint64_t *_Nonnull rows, size_t groups,
                             size_t words, int32_t *_Nonnull out, size_t ldo);
  void (*_Nonnull common)(const uint64_t *_Nonnull queries, size_t q, const uint64_t *_Nonnull rows, size_t groups,
                          size_t words, int32_t *_Nonnull out, size_t ldo);
  /// The rows i of m whose score (sums[i] · factor + shift) · scales[i] + offsets[i] is not at most `threshold`, those that
  /// are no numbers included, and whose bit of `allowed` is set, in order; returns how many there are. The first product
  /// and sum are rounded once. `scales`, `offsets` and `allowed` may be null.
  size_t (*_Nonnull pick_f32)(const float *_Nonnull sums, size_t m, float factor, float shift,
                              const float *_Nullable scales, const float *_Nullable offsets, float threshold,
                              const uint64_t *_Nullable allowed, uint32_t *_Nonnull indexes, float *_Nonnull scores);
  size_t (*_Nonnull pick_i32)(const int32_t *_Nonnull sums, size_t m, float factor, float shift,
                              const float *_Nullable scales, const float *_Nullable offsets, float threshold,
                              const uint64_t *_Nullable allowed, uint32_t *_Nonnull indexes, float *_Nonnull scores);
  /// Adds up the planes of each query, of which plane b counts 2ᵇ times: sums[j · ldo + i] becomes
  /// Σ 2ᵇ · sums[(j · planes + b) · ldo + i] for i in [first, first + m).
  void (*_Nonnull add_planes)(int32_t *_Nonnull sums, size_t q, size_t planes, size_t ldo, size_t first, size_t m);
  /// extremes[j] = the largest, or the least, of sums[j · ldo], …, sums[j · ldo + m − 1] for each j below q; m > 0.
  void (*_Nonnull extremes)(const int32_t *_Nonnull sums, size_t q, size_t ldo, size_t m, bool least,
                            int32_t *_Nonnull extremes);
  /// Rounds x[d] to codes[d] in steps of 1/127 of its largest size; all 0 where that or what it is divided by is.
  nt_whole_row (*_Nonnull round_whole)(const float *_Nonnull x, size_t d, int8_t *_Nonnull codes);
  /// Rounds x[d], whose inner product with itself is `square`, to codes from 0 to 15 that stand for 2 · code − 15, in the
  /// steps that lose least of it; d is a multiple of 16.
  nt_odd_row (*_Nonnull round_odd)(const float *_Nonnull x, size_t d, float square, uint8_t *_Nonnull codes);
  /// Bit `plane` of each of d codes, 64 a word, the first lowest; d is a multiple of 64.
  void (*_Nonnull code_bits)(const uint8_t *_Nonnull codes, size_t d, unsigned plane, uint64_t *_Nonnull words);
  /// Work at the limit of one core, as the other probes: compares and counts bits that never leave the registers, and
  /// returns how many; proportional to `rounds`.
  uint64_t (*_Nonnull probe_bits)(uint64_t rounds);
} nt_scan;

// MARK: codes and graphs

/// The numbers beside a row of codes that its 4 leading bits need.
typedef struct nt_code_factors {
  float coarse;  // what the leading bits are multiplied by
  float bias;    // what is added to every score of the row
} nt_code_factors;

/// Rows of 8-bit codes in two planes of 4 bits each, of `dimension` features, a multiple of 64. Of every 128 features
/// a plane has 64 bytes, the first 64 features in their low halves; of 64 that are left over it has 32 bytes.
///
/// A row x is near factors · (code − 128). The distance of two rows is base − 2 (x·y + bias(x) + bias(y) + height(x) ·
/// height(y)).
typedef struct nt_codes {
  size_t dimension;
  uint8_t *_Nonnull high;                  // [rows, dimension / 2], the 4 leading bits
  uint8_t *_Nonnull low;                   // [rows, dimension / 2], the others
  nt_code_factors *_Nonnull factors;       // [rows]
  float *_Nonnull fine;                    // [rows], what all 8 bits are multiplied by
  float *_Nullable heights;                // [rows], a further feature that only distances of rows have
  float base;
} nt_codes;

/// A query in signed bytes.
typedef struct nt_code_query {
  const int8_t *_Nonnull codes;  // [dimension]
  float scale;
  float coarse_shift;
  float fine_shift;
  float height;
} nt_code_query;

/// Marks the end of a row of edges that is not full.
#define NT_NO_NODE UINT32_MAX

/// A graph whose nodes are the rows of codes; there are fewer than 2³¹.
typedef struct nt_graph {
  nt_codes codes;
  size_t rows;
  uint32_t *_Nonnull edges;  // [rows, slots], a row ends before its first number that is no row's, such as NT_NO_NODE
  size_t slots;              // at most nt_widest_row
  const uint32_t *_Nonnull entries;
  size_t entry_count;
} nt_graph;

enum { nt_widest_row = 128 };

/// The memory of one search at a time; sizes are counts of elements.
typedef struct nt_beam {
  float *_Nonnull scores;       // [capacity + 1], best first after a search
  uint32_t *_Nonnull nodes;     // [capacity + 1], the nodes of the scores
  uint64_t *_Nonnull visited;   // a bit for each node, all 0 before and after a search
  size_t visited_words;
  uint32_t *_Nonnull touched;   // [touched_capacity], at least nt_widest_row
  size_t touched_capacity;
  float *_Nonnull trail_scores; // [trail_capacity + 1], of the nodes that were expanded, best first
  uint32_t *_Nonnull trail;     // [trail_capacity + 1]
  size_t trail_capacity;        // 0 where nobody wants them
  float *_Nonnull distances;    // [trail_capacity + 1], scratch of pruning
  float *_Nonnull ratios;       // [trail_capacity + 1], scratch of pruning
  int8_t *_Nonnull query;       // [dimension], scratch of pruning
  size_t trail_count;           // results
  size_t scored;                // how many nodes were scored
} nt_beam;

typedef struct nt_graphs {
  /// Rounds m rows x[m, d] to codes at `row` and those after it, with the factors `coarse` and `fine`; writes each row's
  /// square length to squares[m]. A row of zeros has factors 0.
  void (*_Nonnull encode)(const float *_Nonnull x, size_t m, const nt_codes *_Nonnull codes, size_t row,
                          float *_Nonnull squares);
  /// Rounds a query x[d] to signed bytes.
  nt_code_query (*_Nonnull query)(const float *_Nonnull x, size_t d, int8_t *_Nonnull bytes);
  /// A row's own codes as a query.
  nt_code_query (*_Nonnull row_query)(const nt_codes *_Nonnull codes, size_t row, int8_t *_Nonnull bytes);
  /// scores[i] = the estimate of query · row + bias from the 4 leading bits, for rows [first, first + count).
  void (*_Nonnull scan)(const nt_codes *_Nonnull codes, const nt_code_query *_Nonnull query, size_t first, size_t count,
                        float *_Nonnull scores);
  /// The same for the rows rows[count].
  void (*_Nonnull coarse)(const nt_codes *_Nonnull codes, const nt_code_query *_Nonnull query,
                          const uint32_t *_Nonnull rows, size_t count, float *_Nonnull scores);
  /// The same from all 8 bits.
  void (*_Nonnull fine)(const nt_codes *_Nonnull codes, const nt_code_query *_Nonnull query,
                        const uint32_t *_Nonnull rows, size_t count, float *_Nonnull scores);
  /// Walks the graph from its entries towards the query, always on from the best node known; keeps the `capacity` best
  /// by their 4 leading bits. Returns how many there are.
  size_t (*_Nonnull search)(const nt_graph *_Nonnull graph, const nt_code_query *_Nonnull query, size_t capacity,
                            nt_beam *_Nonnull beam);
  /// Gives a node its edges: those of the nodes on the way to it that no other kept one is nearer to, then those that one
  /// is nearer to by less than the factor `alpha`, at most `degree` (RobustPrune of Vamana: Subramanya and others 2019,
  /// DiskANN).
  void (*_Nonnull link)(const nt_graph *_Nonnull graph, uint32_t node, size_t capacity, float alpha, size_t degree,
                        nt_beam *_Nonnull beam);
  /// Adds edges to a node, which is pruned to `degree` where they do not fit or where `force` is true. `sources` are
  /// other nodes without repetition, of which at most `touched_capacity` count; edges to nodes whose bit in `removed` is set vanish.
  void (*_Nonnull attach)(const nt_graph *_Nonnull graph, uint32_t node, const uint32_t *_Nonnull sources, size_t count,
                          float alpha, size_t degree, bool force, const uint64_t *_Nullable removed,
                          nt_beam *_Nonnull beam);
} nt_graphs;

/// The kernels of one instruction set.
typedef struct nt_kernels {
  /// "portable"; "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16"; "neon", "neondot", "neoni8mm".
  const char *_Nonnull name;

  // MARK: matrix products

  /// How many floats the packed form of a weight [n, k] takes.
  size_t (*_Nonnull linear_packed_count)(size_t n, size_t k);
  /// Packs a weight [n, k] (row = output feature, as checkpoints store it) into 64-byte aligned panels.
  /// `first` and `count` select whole panels, so that several threads can pack one weight: panels [first, first+count)
  /// of `linear_panel_count(n)`.
  size_t (*_Nonnull linear_panel_count)(size_t n);
  void (*_Nonnull linear_pack)(const float *_Nonnull weight, size_t n, size_t k, size_t first, size_t count,
                               float *_Nonnull packed);
  /// c[m, n] = activation(a[m, k] · weightᵀ + bias[n]) + residual[m, n]. `bias` and `residual` may be null;
  /// `residual` may be `c` itself.
  void (*_Nonnull linear_f32)(const float *_Nonnull a, size_t lda, const float *_Nonnull packed,
                              const float *_Nullable bias, nt_activation activation, const float *_Nullable residual,
                              size_t ldr, float *_Nonnull c, size_t ldc, size_t m, size_t n, size_t k);

  nt_narrow int8;
  nt_narrow bf16;
  nt_scan scan;

  /// out[i] = (x[i] · factors) · H over m rows of k features, `ldx` floats apart: a Walsh–Hadamard transform, not
  /// normalised, of each block of features. A block has 8 · g features, where g is the largest power of two, at most
  /// 128, for which whole blocks fill the row; where that is 1 the row stays as it is. `factors` [k] may be null; `out`
  /// is dense. Returns the number n with H · H = n. The same bits on every instruction set.
  size_t (*_Nonnull rotate_f32)(const float *_Nonnull x, size_t ldx, const float *_Nullable factors,
                                float *_Nonnull out, size_t m, size_t k);

  // MARK: attention

  /// How many floats of scratch `attention_f32` needs: O(l · d), never O(l²).
  size_t (*_Nonnull attention_scratch_count)(size_t l, size_t d);
  /// One head of one text, with online softmax: out[i] = Σ_j softmax_j(cap(scale · q[i]·k[j]) +
  /// distance_bias[j − i + l − 1]) v[j] over the keys i − before ≤ j ≤ i + after, where cap(x) = cap · tanh(x / cap),
  /// or x where `cap` is 0. SIZE_MAX sets no limit: both
  /// unlimited is bidirectional, `after` = 0 is causal, two limits are a sliding window. Keys outside are skipped, so
  /// that time is proportional to the window. q, k, v are [l, d] with row stride `ld`, out is [l, d] with row stride
  /// `ldo`; `distance_bias` is [2l − 1] or null.
  void (*_Nonnull attention_f32)(const float *_Nonnull q, const float *_Nonnull k, const float *_Nonnull v, size_t ld,
                                 float scale, float cap, const float *_Nullable distance_bias, size_t before,
                                 size_t after, float *_Nonnull out, size_t ldo, size_t l, size_t d, float *_Nonnull scratch);

  // MARK: rows

  /// out[i] = layer_norm(x[i] + residual[i]) · gamma + beta over d features, biased variance. `residual`, `gamma` and
  /// `beta` may be null; `out` may be `x` or `residual`. Rows are dense (stride d).
  void (*_Nonnull layer_norm_f32)(const float *_Nonnull x, const float *_Nullable residual,
                                  const float *_Nullable gamma, const float *_Nullable beta, float epsilon,
                                  float *_Nonnull out, size_t m, size_t d);
  /// out[i] = x[i] / √(mean(x[i]²) + epsilon) · gamma over d features; `out` may be `x`. Rows are dense.
  void (*_Nonnull rms_norm_f32)(const float *_Nonnull x, const float *_Nonnull gamma, float epsilon,
                                float *_Nonnull out, size_t m, size_t d);
  /// out[i] (+)= table[ids[i]] over m rows of d features; adds where `accumulate`, else overwrites. The caller has
  /// checked the ids.
  void (*_Nonnull gather_f32)(const float *_Nonnull table, const int32_t *_Nonnull ids, bool accumulate,
                              float *_Nonnull out, size_t m, size_t d);
  /// out[d] += Σ_i scales[ids[i]] · table[ids[i]] over m ids, in order; table is int8 [rows, d].
  void (*_Nonnull gather_sum_i8)(const int8_t *_Nonnull table, const float *_Nonnull scales,
                                 const int32_t *_Nonnull ids, size_t m, float *_Nonnull out, size_t d);
  /// y[d] += scale · x[d].
  void (*_Nonnull add_scaled_f32)(const float *_Nonnull x, float scale, float *_Nonnull y, size_t d);
  /// y[d] = max(y[d], x[d]).
  void (*_Nonnull maximum_f32)(const float *_Nonnull x, float *_Nonnull y, size_t d);
  /// x[d] *= scale.
  void (*_Nonnull scale_f32)(float *_Nonnull x, float scale, size_t d);
  /// x[i] = activation(x[i]) over count elements.
  void (*_Nonnull activate_f32)(float *_Nonnull x, nt_activation activation, size_t count);
  /// out[i] = activation(x[i]) · gate[i] over count elements; `out` may be `x` or `gate`.
  void (*_Nonnull gate_f32)(const float *_Nonnull x, const float *_Nonnull gate, nt_activation activation,
                            float *_Nonnull out, size_t count);
  /// (x[i], x[i + half]) turned by the angle i of `half`, for each of `count` pieces of x that lie `stride` apart:
  /// x[i] · cosines[i] − x[i + half] · sines[i] and x[i + half] · cosines[i] + x[i] · sines[i].
  void (*_Nonnull turn_f32)(float *_Nonnull x, size_t stride, size_t count, const float *_Nonnull cosines,
                            const float *_Nonnull sines, size_t half);
  /// Σ a[i] · b[i].
  float (*_Nonnull dot_f32)(const float *_Nonnull a, const float *_Nonnull b, size_t d);
  /// out[i] = query · base[i] for m rows of stride `ld`.
  void (*_Nonnull dot_rows_f32)(const float *_Nonnull query, const float *_Nonnull base, size_t ld, size_t m,
                                size_t d, float *_Nonnull out);

  nt_graphs graph;

  // MARK: widening

  void (*_Nonnull widen_f16)(const uint16_t *_Nonnull x, float *_Nonnull out, size_t count);
  void (*_Nonnull widen_bf16)(const uint16_t *_Nonnull x, float *_Nonnull out, size_t count);

  // MARK: probes

  /// Work at the limit of one core, for the caller to time: rounds of multiplications and additions that never leave
  /// the registers, of float32, of 8-bit and of bfloat16 numbers in the fastest form that the set has for them. Returns
  /// how many operations were done, a product and its addition counting two; proportional to `rounds`.
  uint64_t (*_Nonnull probe_f32)(uint64_t rounds);
  uint64_t (*_Nonnull probe_i8)(uint64_t rounds);
  uint64_t (*_Nonnull probe_bf16)(uint64_t rounds);
  /// Reads `count` words as fast as one core can; returns their sum modulo 2³².
  uint32_t (*_Nonnull probe_read)(const uint32_t *_Nonnull words, size_t count);
} nt_kernels;

/// The CRC-32C (RFC 3720, appendix B.4) of `count` bytes that follow those whose checksum is `crc`; 0 begins.
uint32_t nt_crc32c(uint32_t crc, const void *_Nonnull bytes, size_t count);
/// The same without the processor's own instruction.
uint32_t nt_crc32c_portable(uint32_t crc, const void *_Nonnull bytes, size_t count);

/// Tells the processor that the caller waits for another one in a loop.
static inline void nt_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __builtin_arm_yield();
#endif
}

/// Asks for memory that is read soon.
static inline void nt_fetch_soon(const void *_Nonnull start, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)start + i);
}

/// How many tables this build has, best last.
int32_t nt_kernels_count(void);
/// The table at `index`, or null where this processor cannot run it.
const nt_kernels *_Nullable nt_kernels_at(int32_t index);

#ifdef __cplusplus
}
#endif

#endif
