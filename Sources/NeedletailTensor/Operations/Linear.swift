internal import CNeedletail

/// output[m, n] = activation(input[m, k] · weightᵀ + bias) + residual, with the weight packed for one kernel set.
package struct Linear: Sendable {
  /// k, the features that go in.
  package let inputs: Int
  /// n, the features that come out.
  package let outputs: Int
  /// What is multiplied.
  package let precision: Precision
  /// The features over which sums of int8 products fit 32 bits.
  package static let mostInt8Inputs = 65_536
  private let packed: AlignedFloats
  private let bias: FloatTensor?
  let activation: Activation
  /// What each input feature is multiplied by before int8 rotates and rounds it: its smoothing and its sign.
  private let factors: FloatTensor?

  /// Packs a weight.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, as checkpoints store it.
  ///   - bias: `[outputs]`, or `nil`.
  ///   - activation: Applied before the residual is added.
  ///   - precision: What is multiplied.
  ///   - smoothing: How the magnitudes of input features and weights are evened out before int8 rotates and rounds
  ///     them.
  ///   - kernels: The set whose packing is used; the products need a workspace of the same set.
  package init(
    weight: FloatTensor, bias: FloatTensor?, activation: Activation = .identity, precision: Precision = .float32,
    smoothing: Smoothing? = nil, kernels: Kernels
  ) {
    precondition(weight.shape.count == 2, "a weight is a matrix")
    precondition(bias.map { $0.shape == [weight.shape[0]] } ?? true, "a bias has one value an output")
    outputs = weight.shape[0]
    inputs = weight.shape[1]
    precondition(precision != .int8 || inputs <= Self.mostInt8Inputs, "the sums fit")
    self.precision = precision
    self.bias = bias
    self.activation = activation
    precondition(smoothing == nil || precision == .int8, "smoothing is for int8")
    if let survey = weight.survey {
      survey.note(product: outputs, inputs, precision)
      (packed, factors) = (AlignedFloats(zeros: 0), nil)
      return
    }
    var rounded = smoothing?.apply(weight) ?? weight
    if precision == .int8 {
      let rotation = Rotation(features: inputs)
      let factors = smoothing.map { zip($0.factors, rotation.signs).map(*) } ?? rotation.signs
      self.factors = FloatTensor(factors, shape: [inputs])
      rounded = rotation.apply(to: rounded, kernels)
    } else {
      factors = nil
    }
    packed = Self.packed(rounded, precision, kernels)
  }

  /// The bytes that a weight of this size and its factors take in memory.
  static func packedBytes(outputs: Int, inputs: Int, precision: Precision, _ kernels: Kernels) -> Int {
    guard let narrow = kernels.narrow(precision) else {
      return unsafe kernels.table.linear_packed_count(outputs, inputs) * MemoryLayout<Float>.stride
    }
    let panels = (outputs + narrow.panel_width() - 1) / narrow.panel_width()
    return panels * narrow.panel_bytes(inputs) + (precision == .int8 ? inputs * MemoryLayout<Float>.stride : 0)
  }

  private static func packed(_ weight: FloatTensor, _ precision: Precision, _ kernels: Kernels) -> AlignedFloats {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    return withExtendedLifetime(weight) {
      if let narrow = kernels.narrow(precision) {
        let panels = (outputs + narrow.panel_width() - 1) / narrow.panel_width()
        let packed = AlignedFloats(zeros: panels * narrow.panel_bytes(inputs) / MemoryLayout<Float>.stride)
        unsafe narrow.pack(weight.start, outputs, inputs, 0, panels, packed.start)
        return packed
      }
      let packed = unsafe AlignedFloats(zeros: kernels.table.linear_packed_count(outputs, inputs))
      unsafe kernels.table.linear_pack(
        weight.start, outputs, inputs, 0, kernels.table.linear_panel_count(outputs), packed.start)
      return packed
    }
  }

  /// Applies the product to every row of `input`.
  ///
  /// - Parameters:
  ///   - input: `[m, inputs]`.
  ///   - output: `[m, outputs]`, another block than `input`.
  ///   - residual: `[m, outputs]`, added last; may be `output`.
  package func forward(_ input: Block, to output: Block, residual: Block? = nil, in workspace: Workspace) {
    forward(input, to: output, activation: activation, residual: residual, in: workspace)
  }

  /// The same with another activation.
  func forward(
    _ input: Block, to output: Block, activation: Activation, residual: Block?, in workspace: Workspace
  ) {
    precondition(input.columns == inputs && output.columns == outputs && input.rows == output.rows, "shapes fit")
    precondition(residual.map { $0.rows == output.rows && $0.columns == outputs } ?? true, "the residual fits")
    workspace.scoped {
      let narrow = workspace.kernels.narrow(precision)
      let rows = narrow.map { prepared(input, $0, in: workspace) } ?? input
      let panel = panels(workspace.kernels)
      workspace.profile?.count(
        operations: 2 * input.rows * inputs * outputs,
        bytes: panel.count * panel.bytes + (rows.rows * rows.columns + output.rows * output.columns) * 4)
      let pieces = workspace.crew.map { self.pieces(rows: input.rows, panels: panel.count, threads: $0.threads) } ?? 1
      let product = unsafe Product(
        narrow: narrow, wide: workspace.kernels.table.linear_f32, rows: workspace.pointer(rows), packed: packed.start,
        bias: bias?.start, activation: activation.code,
        residual: residual.map { unsafe UnsafePointer(workspace.pointer($0)) }, output: workspace.pointer(output),
        m: input.rows, n: outputs, k: inputs, panelWidth: panel.width, panelBytes: panel.bytes,
        panels: (panel.count + pieces - 1) / pieces)
      guard let crew = workspace.crew, pieces > 1 else { return unsafe product.multiply(0) }
      unsafe crew.share((panel.count + product.panels - 1) / product.panels, product) { product, piece, _ in
        unsafe product.assumingMemoryBound(to: Product.self).pointee.multiply(piece)
      }
    }
  }

  /// The rows as a narrow product takes them.
  private func prepared(_ input: Block, _ narrow: nt_narrow, in workspace: Workspace) -> Block {
    let crew = input.rows * inputs >= Self.leastRounding ? workspace.crew : nil
    let threads = crew?.threads ?? 1
    let rows = max(1, min((input.rows + threads - 1) / threads, Self.mostRoundedRows))
    let pieces = (input.rows + rows - 1) / rows
    let output = workspace.allocate(rows: input.rows, columns: narrow.row_bytes(inputs) / MemoryLayout<Float>.stride)
    let scratch = workspace.allocate(rows: threads * rows, columns: precision == .int8 ? inputs : 0)
    workspace.spending(on: .rounding) {
      let rotate = unsafe precision == .int8 ? workspace.kernels.table.rotate_f32 : nil
      let rounding = unsafe RowRounding(
        rotate: rotate, prepare: narrow.prepare,
        input: workspace.pointer(input), factors: factors?.start, output: workspace.pointer(output),
        stride: narrow.row_bytes(inputs), scratch: workspace.pointer(scratch), m: input.rows, k: inputs, rows: rows)
      guard let crew else {
        for piece in 0..<pieces { unsafe rounding.round(piece, 0) }
        return
      }
      unsafe crew.share(pieces, rounding) { rounding, piece, place in
        unsafe rounding.assumingMemoryBound(to: RowRounding.self).pointee.round(piece, place)
      }
    }
    return output
  }

  /// Rows that are rounded at a time: few, so that they are still in the cache after they were rotated.
  private static let mostRoundedRows = 8
  /// Values whose rounding takes a thread some microseconds.
  private static let leastRounding = 1 << 14

  /// The packed weight's panels: how many there are, the features and the bytes of one.
  private func panels(_ kernels: Kernels) -> (count: Int, width: Int, bytes: Int) {
    let width: Int
    let bytes: Int
    if let narrow = kernels.narrow(precision) {
      (width, bytes) = (narrow.panel_width(), narrow.panel_bytes(inputs))
    } else {
      width = unsafe kernels.table.linear_packed_count(1, 1)
      bytes = width * inputs * MemoryLayout<Float>.stride
    }
    return ((outputs + width - 1) / width, width, bytes)
  }

  /// Into how many pieces threads share the product: enough that none waits long for the last, each worth its handing
  /// over.
  private func pieces(rows: Int, panels: Int, threads: Int) -> Int {
    max(1, min(panels, threads * 2, rows * inputs * outputs / Self.leastPiece))
  }

  /// Multiplications that take a thread some microseconds.
  private static let leastPiece = 1 << 17
}

/// A product over some panels of a weight at a time.
@unsafe private struct Product {
  let narrow: nt_narrow?
  let wide:
    @convention(c) (
      UnsafePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<Float>?, nt_activation, UnsafePointer<Float>?, Int,
      UnsafeMutablePointer<Float>, Int, Int, Int, Int
    ) -> Void
  let rows: UnsafeMutablePointer<Float>
  let packed: UnsafeMutablePointer<Float>
  let bias: UnsafePointer<Float>?
  let activation: nt_activation
  let residual: UnsafePointer<Float>?
  let output: UnsafeMutablePointer<Float>
  let m: Int
  let n: Int
  let k: Int
  let panelWidth: Int
  let panelBytes: Int
  /// Panels of a piece.
  let panels: Int

  func multiply(_ piece: Int) {
    let first = unsafe piece * panels * panelWidth
    let count = unsafe min(panels * panelWidth, n - first)
    let weight = unsafe UnsafeRawPointer(packed) + piece * panels * panelBytes
    let (bias, residual, output) = unsafe (
      bias.map { unsafe $0 + first }, residual.map { unsafe $0 + first }, output + first
    )
    if let narrow = unsafe narrow {
      unsafe narrow.linear(rows, weight, bias, activation, residual, n, output, n, m, count, k)
    } else {
      unsafe wide(
        rows, k, weight.assumingMemoryBound(to: Float.self), bias, activation, residual, n, output, n, m, count, k)
    }
  }
}
