import CNeedletail
import Testing

/// One table of kernels with a safe form of each kernel: arrays in, arrays out, every array in guarded memory.
struct KernelTable: Sendable, CustomTestStringConvertible {
  let index: Int32

  /// Every table that this processor can run; the first is the portable one.
  static let all: [KernelTable] = (0..<nt_kernels_count()).filter { unsafe nt_kernels_at($0) != nil }
    .map(KernelTable.init(index:))

  static let portable = KernelTable(index: 0)

  var testDescription: String { unsafe String(cString: kernels.name) }

  private var kernels: nt_kernels {
    guard let table = unsafe nt_kernels_at(index) else { preconditionFailure("table \(index) cannot run here") }
    return unsafe table.pointee
  }

  // MARK: matrix products

  /// A weight in the form of this table, packed one panel at a time.
  func packed(_ weight: [Float], n: Int, k: Int) -> GuardedBuffer<Float> {
    let source = GuardedBuffer(weight)
    let result = unsafe GuardedBuffer<Float>(count: kernels.linear_packed_count(n, k), alignment: 64)
    let panels = unsafe kernels.linear_panel_count(n)
    for panel in (0..<panels).reversed() { unsafe kernels.linear_pack(source.pointer, n, k, panel, 1, result.pointer) }
    return result
  }

  struct Linear {
    var bias: [Float]?
    var activation = nt_activation_identity
    var residual: [Float]?
    var inPlace = false
  }

  /// activation(a · weightᵀ + bias) + residual.
  func linear(_ a: [Float], _ packed: GuardedBuffer<Float>, _ form: Linear = Linear(), m: Int, n: Int, k: Int)
    -> [Float]
  {
    let input = GuardedBuffer(a)
    let bias = form.bias.map(GuardedBuffer.init)
    let residual = form.residual.map(GuardedBuffer.init)
    let output = form.inPlace ? residual ?? GuardedBuffer(count: m * n) : GuardedBuffer<Float>(count: m * n)
    unsafe kernels.linear_f32(
      input.pointer, k, packed.pointer, bias?.pointer, form.activation, residual?.pointer, n, output.pointer, n, m, n, k
    )
    return output.values
  }

  // MARK: attention

  /// The keys [i − before, i + after] that query i sees; `nil` sets no limit, which is −1 here and SIZE_MAX in C.
  struct Window: Sendable {
    var before: Int?
    var after: Int?

    static let unlimited = Window()
    static let causal = Window(before: nil, after: 0)

    /// The keys among `l` that `query` sees.
    func keys(of query: Int, l: Int) -> ClosedRange<Int> {
      max(0, query - (before ?? l))...min(l - 1, query + (after ?? l))
    }
  }

  /// Attention of one head over rows of stride 3d, as they lie in a fused projection.
  func attention(
    _ q: [Float], _ k: [Float], _ v: [Float], scale: Float, cap: Float = 0, bias: [Float]? = nil,
    window: Window = .unlimited, l: Int, d: Int
  ) -> [Float] {
    let stride = 3 * d
    func spread(_ rows: [Float]) -> GuardedBuffer<Float> {
      var values = [Float](repeating: .nan, count: l == 0 ? 0 : (l - 1) * stride + d)
      for row in 0..<l { for x in 0..<d { values[row * stride + x] = rows[row * d + x] } }
      return GuardedBuffer(values)
    }
    let (query, key, value) = (spread(q), spread(k), spread(v))
    let distances = bias.map(GuardedBuffer.init)
    let output = GuardedBuffer<Float>(count: l * d)
    let scratch = unsafe GuardedBuffer(
      [Float](repeating: .nan, count: kernels.attention_scratch_count(l, d)))
    unsafe kernels.attention_f32(
      query.pointer, key.pointer, value.pointer, stride, scale, cap, distances?.pointer,
      window.before ?? -1, window.after ?? -1, output.pointer, d, l, d, scratch.pointer)
    _ = scratch.values
    return output.values
  }

  // MARK: rows

  func layerNorm(
    _ x: [Float], residual: [Float]?, gamma: [Float]?, beta: [Float]?, epsilon: Float, m: Int, d: Int,
    inPlace: Bool = false
  ) -> [Float] {
    let input = GuardedBuffer(x)
    let (before, factor, shift) = (
      residual.map(GuardedBuffer.init), gamma.map(GuardedBuffer.init), beta.map(GuardedBuffer.init)
    )
    let output = inPlace ? input : GuardedBuffer<Float>(count: m * d)
    unsafe kernels.layer_norm_f32(
      input.pointer, before?.pointer, factor?.pointer, shift?.pointer, epsilon, output.pointer, m, d)
    return output.values
  }

  func rmsNorm(_ x: [Float], gamma: [Float], epsilon: Float, m: Int, d: Int, inPlace: Bool = false) -> [Float] {
    let (input, factor) = (GuardedBuffer(x), GuardedBuffer(gamma))
    let output = inPlace ? input : GuardedBuffer<Float>(count: m * d)
    unsafe kernels.rms_norm_f32(input.pointer, factor.pointer, epsilon, output.pointer, m, d)
    return output.values
  }

  func gather(_ table: [Float], _ ids: [Int32], onto start: [Float]?, d: Int) -> [Float] {
    let (source, rows) = (GuardedBuffer(table), GuardedBuffer(ids))
    let output = start.map(GuardedBuffer.init) ?? GuardedBuffer<Float>(count: ids.count * d)
    unsafe kernels.gather_f32(source.pointer, rows.pointer, start != nil, output.pointer, ids.count, d)
    return output.values
  }

  func gatherSum(_ table: [Int8], scales: [Float], _ ids: [Int32], onto start: [Float]) -> [Float] {
    let (source, factors, rows) = (GuardedBuffer(table), GuardedBuffer(scales), GuardedBuffer(ids))
    let output = GuardedBuffer(start)
    unsafe kernels.gather_sum_i8(
      source.pointer, factors.pointer, rows.pointer, ids.count, output.pointer, start.count)
    return output.values
  }

  func addScaled(_ x: [Float], _ scale: Float, to y: [Float]) -> [Float] {
    let (input, output) = (GuardedBuffer(x), GuardedBuffer(y))
    unsafe kernels.add_scaled_f32(input.pointer, scale, output.pointer, x.count)
    return output.values
  }

  func maximum(_ x: [Float], _ y: [Float]) -> [Float] {
    let (input, output) = (GuardedBuffer(x), GuardedBuffer(y))
    unsafe kernels.maximum_f32(input.pointer, output.pointer, x.count)
    return output.values
  }

  func scaled(_ x: [Float], by scale: Float) -> [Float] {
    let output = GuardedBuffer(x)
    unsafe kernels.scale_f32(output.pointer, scale, x.count)
    return output.values
  }

  func activated(_ x: [Float], _ activation: nt_activation) -> [Float] {
    let output = GuardedBuffer(x)
    unsafe kernels.activate_f32(output.pointer, activation, x.count)
    return output.values
  }

  func gated(_ x: [Float], _ gate: [Float], _ activation: nt_activation, inPlace: Bool = false) -> [Float] {
    let (input, factors) = (GuardedBuffer(x), GuardedBuffer(gate))
    let output = inPlace ? input : GuardedBuffer<Float>(count: x.count)
    unsafe kernels.gate_f32(input.pointer, factors.pointer, activation, output.pointer, x.count)
    return output.values
  }

  func turned(_ x: [Float], stride: Int, count: Int, cosines: [Float], sines: [Float]) -> [Float] {
    let (output, first, second) = (GuardedBuffer(x), GuardedBuffer(cosines), GuardedBuffer(sines))
    unsafe kernels.turn_f32(output.pointer, stride, count, first.pointer, second.pointer, cosines.count)
    return output.values
  }

  func dot(_ a: [Float], _ b: [Float]) -> Float {
    let (first, second) = (GuardedBuffer(a), GuardedBuffer(b))
    return unsafe kernels.dot_f32(first.pointer, second.pointer, a.count)
  }

  func dotRows(_ query: [Float], _ base: [Float], stride: Int, m: Int) -> [Float] {
    let (first, rows, output) = (GuardedBuffer(query), GuardedBuffer(base), GuardedBuffer<Float>(count: m))
    unsafe kernels.dot_rows_f32(first.pointer, rows.pointer, stride, m, query.count, output.pointer)
    return output.values
  }

  /// The rows and the number that the transform's square is.
  func rotated(_ x: [Float], factors: [Float]?, m: Int, k: Int, gap: Int) -> (rows: [Float], norm: Int) {
    var spread = [Float](repeating: .nan, count: m == 0 ? 0 : m * (k + gap) - gap)
    for row in 0..<m { for i in 0..<k { spread[row * (k + gap) + i] = x[row * k + i] } }
    let (input, output) = (GuardedBuffer(spread), GuardedBuffer<Float>(count: m * k))
    let factors = factors.map(GuardedBuffer.init)
    let norm = unsafe kernels.rotate_f32(input.pointer, k + gap, factors?.pointer, output.pointer, m, k)
    return (output.values, norm)
  }

  // MARK: widening

  func widenedHalf(_ x: [UInt16]) -> [Float] {
    let (input, output) = (GuardedBuffer(x), GuardedBuffer<Float>(count: x.count))
    unsafe kernels.widen_f16(input.pointer, output.pointer, x.count)
    return output.values
  }

  func widenedBrain(_ x: [UInt16]) -> [Float] {
    let (input, output) = (GuardedBuffer(x), GuardedBuffer<Float>(count: x.count))
    unsafe kernels.widen_bf16(input.pointer, output.pointer, x.count)
    return output.values
  }

  // MARK: probes

  enum Probe: CaseIterable, Sendable { case float, byte, brain }

  /// How many operations the probe says it did.
  func operations(_ probe: Probe, rounds: UInt64) -> UInt64 {
    switch probe {
    case .float: unsafe kernels.probe_f32(rounds)
    case .byte: unsafe kernels.probe_i8(rounds)
    case .brain: unsafe kernels.probe_bf16(rounds)
    }
  }

  func wordSum(_ words: [UInt32]) -> UInt32 {
    let buffer = GuardedBuffer(words)
    return unsafe kernels.probe_read(buffer.pointer, words.count)
  }
}
