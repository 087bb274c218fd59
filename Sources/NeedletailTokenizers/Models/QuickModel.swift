/// The symbols that characters begin as in byte pair encoding, by scalar.
struct BPEAlphabet: Sendable {
  /// The ids of the scalars below ``limit``, for each of the four places in a piece; −1 where there is none.
  private var ids: [Int32] = []
  private static let limit = 0x180

  /// - Complexity: a lookup for each of 384 scalars and four places.
  init(_ model: BPE) {
    var bytes: [UInt8] = []
    for place in 0..<4 {
      for scalar in 0..<UInt32(Self.limit) {
        bytes.removeAll(keepingCapacity: true)
        if place & 1 != 0 { bytes += model.options.prefix }
        bytes.appendUTF8(scalar)
        if place & 2 != 0 { bytes += model.options.suffix }
        ids.append(model.vocabulary.id(bytes).map { Int32(truncatingIfNeeded: $0) } ?? -1)
      }
    }
  }

  /// The symbol of a scalar in a piece, −1 where there is none.
  ///
  /// - Parameter bytes: Room for its spelling.
  @inline(__always)
  func id(_ scalar: UInt32, isFirst: Bool, isLast: Bool, _ model: BPE, _ bytes: inout [UInt8]) -> Int32 {
    if scalar < UInt32(Self.limit) {
      return ids[Int(scalar) + Self.limit * ((isFirst ? 0 : 1) + (isLast ? 2 : 0))]
    }
    return rare(scalar, isFirst, isLast, model, &bytes)
  }

  private func rare(
    _ scalar: UInt32, _ isFirst: Bool, _ isLast: Bool, _ model: BPE, _ bytes: inout [UInt8]
  ) -> Int32 {
    bytes.removeAll(keepingCapacity: true)
    if !isFirst { bytes += model.options.prefix }
    bytes.appendUTF8(scalar)
    if isLast { bytes += model.options.suffix }
    var hash = ByteHash()
    for byte in bytes { hash.add(byte) }
    return model.vocabulary.id(bytes, bytes.indices, hash: hash).map { Int32(truncatingIfNeeded: $0) } ?? -1
  }
}

/// What a model looks up quickly beside its vocabulary.
enum QuickModel: Sendable {
  case merges(BPEAlphabet)
  case none

  init(_ model: TokenModel) {
    if case .bpe(let model) = model, model.isPlain { self = .merges(BPEAlphabet(model)) } else { self = .none }
  }
}
