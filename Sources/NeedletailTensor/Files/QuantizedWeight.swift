/// A weight that is stored in 8 bits a number, and what makes numbers of them.
///
/// A number is (code − zero) · scale in float32, with one scale for the whole weight, one for each of its rows, or one for
/// each of the equal groups that a row is cut into. bitsandbytes stores what 127 codes stand for in place of the scale
/// (Dettmers and others 2022, arXiv:2208.07339); compressed-tensors stores signed codes, float8 with 4 bits of exponent
/// (Micikevicius and others 2022, arXiv:2209.05433), or codes from 0 in the bytes of 32-bit words.
struct QuantizedWeight {
  /// `[rows, columns]`.
  let shape: [Int]
  private let codes: MappedBytes
  /// Bytes from one row of codes to the next.
  private let rowBytes: Int
  /// What each byte stands for.
  private let meanings: [Float]
  private let scales: [Float]
  /// As many as scales, or none.
  private let zeros: [Float]
  /// Groups of a row that have a scale each; 0 where the whole weight has one.
  private let groups: Int
  /// What a product of code and scale is multiplied with.
  private let factor: Float

  /// What a weight's name is followed by in the names of what belongs to it.
  private enum Suffix {
    static let packed = "_packed"
    static let shape = "_shape"
    static let scale = "_scale"
    static let zero = "_zero_point"
    static let order = "_g_idx"
  }

  /// The names of the tensors that a weight is made of, that of the codes first; `nil` where it is stored as floats or
  /// not at all.
  static func parts(of name: String, in store: TensorStore) -> [String]? {
    guard name.hasSuffix(".weight") else { return nil }
    let codes = store.entry(name) == nil ? name + Suffix.packed : name
    guard let type = store.entry(codes)?.type else { return nil }
    let others =
      switch type {
      case .int32 where codes != name: [Suffix.shape, Suffix.scale, Suffix.zero].map { name + $0 }
      case .int8 where store.entry(maximumName(name)) != nil: [maximumName(name), formatName(name)]
      case .int8, .float8: [Suffix.scale, Suffix.zero].map { name + $0 }
      default: [String]()
      }
    let found = others.filter { store.entry($0) != nil }
    return found.isEmpty ? nil : [codes] + found
  }

  private static func maximumName(_ name: String) -> String { name.dropLast("weight".count) + "SCB" }
  private static func formatName(_ name: String) -> String { name + "_format" }

  /// - Parameters:
  ///   - name: The weight's name, which has ``parts(of:in:)``.
  ///   - shape: What it must have, `[rows, columns]`.
  /// - Throws: ``TensorError`` with code `.missing` or `.mismatch`, naming file and tensor.
  init(_ name: String, shape wanted: [Int?], in store: TensorStore, kernels: Kernels) throws(TensorError) {
    let isPacked = store.entry(name) == nil
    if isPacked {
      let stored = try store.integers(name + Suffix.shape, count: 2)
      guard wanted.count == 2, zip(stored, wanted).allSatisfy({ $0 >= 0 && ($1 == nil || $0 == $1) }) else {
        throw TensorError(.mismatch, "\(store.path): tensor \(name)\(Suffix.shape)", "says \(stored) for another shape")
      }
      shape = stored
      // Four codes a word; a larger number would not be the shape of a tensor anyway.
      let words = stored[1] / 4 + (stored[1] % 4 > 0 ? 1 : 0)
      codes = try store.bytes(name + Suffix.packed, type: .int32, shape: [stored[0], words])
      rowBytes = 4 * words
      meanings = (0..<256).map { Float($0 - 128) }
    } else {
      let type = store.entry(name)?.type ?? .int8
      codes = try store.bytes(name, type: type, shape: wanted)
      shape = codes.shape
      guard shape.count == 2 else {
        throw TensorError(.mismatch, "\(store.path): tensor \(name)", "has codes, but is no matrix: \(shape)")
      }
      rowBytes = shape[1]
      meanings = (0..<256).map { type == .float8 ? Self.float8(UInt8($0)) : Float(Int8(bitPattern: UInt8($0))) }
    }
    guard store.entry(name + Suffix.order) == nil else {
      throw TensorError(
        .mismatch, "\(store.path): tensor \(name)\(Suffix.order)",
        "orders the groups of columns, which is not supported")
    }
    let maximum = Self.maximumName(name)
    guard !isPacked, store.entry(maximum) != nil else {
      (scales, groups) = try Self.scales(name, shape, store, kernels)
      zeros = try Self.zeros(name, shape[0], groups, isPacked: isPacked, store, kernels)
      factor = 1
      return
    }
    scales = try store.floats(maximum, shape: [shape[0]], kernels: kernels).values
    (zeros, groups) = ([], 1)
    factor = 7.874015718698502e-3
    let format = Self.formatName(name)
    let order = store.entry(format) == nil ? [0] : try store.integers(format, count: 1)
    guard order == [0] else {
      throw TensorError(
        .mismatch, "\(store.path): tensor \(format)",
        "says that the codes do not stand row by row; save the model anew")
    }
  }

  private static func scales(
    _ name: String, _ shape: [Int], _ store: TensorStore, _ kernels: Kernels
  ) throws(TensorError) -> ([Float], Int) {
    let name = name + Suffix.scale
    let stored = store.entry(name)?.shape ?? []
    let scales = try store.floats(name, shape: stored, kernels: kernels).values
    if scales.count == 1, stored.allSatisfy({ $0 == 1 }) { return (scales, 0) }
    let groups = stored.count == 2 ? stored[1] : 1
    guard 1...2 ~= stored.count, stored[0] == shape[0], groups > 0, shape[1] % groups == 0 else {
      throw TensorError(
        .mismatch, "\(store.path): tensor \(name)", "has shape \(stored), which does not divide \(shape) into groups")
    }
    return (scales, groups)
  }

  private static func zeros(
    _ name: String, _ rows: Int, _ groups: Int, isPacked: Bool, _ store: TensorStore, _ kernels: Kernels
  ) throws(TensorError) -> [Float] {
    let name = name + Suffix.zero
    guard let entry = store.entry(name) else { return [] }
    let count = groups == 0 ? 1 : rows * groups
    guard isPacked, entry.type == .int32 else {
      guard entry.type == .int8 else { return try store.floats(name, count: count, kernels: kernels) }
      let bytes = try store.bytes(name, type: .int8, shape: entry.shape).contents
      guard bytes.count == count else {
        throw TensorError(.mismatch, "\(store.path): tensor \(name)", "has \(bytes.count) numbers for \(count) scales")
      }
      return bytes.map { Float(Int8(bitPattern: $0)) }
    }
    // Packed down the rows: a word has four rows' zeros of one group.
    let bytes = try store.bytes(name, type: .int32, shape: [(rows + 3) / 4, groups]).contents
    return (0..<rows * groups).map { place in
      let (row, group) = place.quotientAndRemainder(dividingBy: groups)
      return Float(bytes[(row / 4 * groups + group) * 4 + row % 4]) - 128
    }
  }

  /// The number that 8 bits stand for, 4 of them for the exponent: no infinities, and one NaN of each sign.
  static func float8(_ bits: UInt8) -> Float {
    let (exponent, fraction) = (Int(bits >> 3 & 15), Float(bits & 7))
    if bits & 127 == 127 { return .nan }
    let magnitude =
      exponent == 0
      ? fraction * Float(sign: .plus, exponent: -9, significand: 1)
      : (1 + fraction / 8) * Float(sign: .plus, exponent: exponent - 7, significand: 1)
    return bits & 128 == 0 ? magnitude : -magnitude
  }

  /// All numbers in float32.
  ///
  /// - Throws: ``TensorError`` with code `.tooLarge` if there are more than the machine's memory holds.
  func floats(for subject: String) throws(TensorError) -> FloatTensor {
    let (rows, columns) = (shape[0], shape[1])
    let memory = try AlignedFloats(zeros: rows * columns, for: subject)
    let width = groups > 1 ? columns / groups : columns
    for row in 0..<rows {
      for group in 0..<max(groups, 1) {
        let place = groups == 0 ? 0 : row * groups + group
        let range = group * width..<(group + 1) * width
        unsafe write(row, range, scales[place], zeros.isEmpty ? 0 : zeros[place], to: memory.start + row * columns)
      }
    }
    return unsafe FloatTensor(shape: shape, start: UnsafePointer(memory.start), owner: memory)
  }

  private func write(
    _ row: Int, _ columns: Range<Int>, _ scale: Float, _ zero: Float, to target: UnsafeMutablePointer<Float>
  ) {
    let source = unsafe codes.start + row * rowBytes
    for column in columns {
      let code = unsafe meanings[Int(source.load(fromByteOffset: column, as: UInt8.self))]
      unsafe target[column] = (code - zero) * scale * factor
    }
  }
}

extension TensorStore {
  /// A little tensor of whole numbers.
  fileprivate func integers(_ name: String, count: Int) throws(TensorError) -> [Int] {
    guard let entry = entry(name) else { throw TensorError(.missing, path, "has no tensor \(name)") }
    guard entry.count == count, [.int64, .int32, .uint8].contains(entry.type) else {
      throw TensorError(
        .mismatch, "\(path): tensor \(name)", "should be \(count) whole numbers, found \(entry.type.rawValue)")
    }
    let bytes = try bytes(name, type: entry.type, shape: entry.shape).contents
    return (0..<count).map { index in
      let size = entry.type.size
      let bits = bytes[index * size..<(index + 1) * size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Int(truncatingIfNeeded: size == 8 ? Int64(bitPattern: bits) : Int64(bits))
    }
  }

  /// A tensor of so many numbers, whatever its shape.
  fileprivate func floats(_ name: String, count: Int, kernels: Kernels) throws(TensorError) -> [Float] {
    let values = try floats(name, shape: entry(name)?.shape ?? [], kernels: kernels).values
    guard values.count == count else {
      throw TensorError(.mismatch, "\(path): tensor \(name)", "has \(values.count) numbers for \(count) scales")
    }
    return values
  }
}
