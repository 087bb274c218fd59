internal import CNeedletailAssets

/// The four Unicode normalization forms (UAX 15).
enum NormalizationForm: Sendable {
  case nfd, nfc, nfkd, nfkc

  private var isCompatible: Bool { self == .nfkd || self == .nfkc }
  private var composes: Bool { self == .nfc || self == .nfkc }

  /// The normal form, each scalar with what it did to the original: see ``NormalizedText/transform(_:removingFirst:)``.
  func changes(to scalars: [UInt32]) -> [ScalarChange] {
    let decomposed = decomposed(scalars)
    return composes ? Self.composed(decomposed) : decomposed
  }

  /// Whether a text that holds none but such scalars stays as it is in every form.
  static func isInert(_ scalar: UInt32) -> Bool { scalar < 0xA0 }

  private func decomposed(_ scalars: [UInt32]) -> [ScalarChange] {
    var result: [ScalarChange] = []
    result.reserveCapacity(scalars.count)
    for scalar in scalars {
      let properties = ScalarProperties(scalar)
      if !(isCompatible ? properties.hasCompatibleMapping : properties.hasCanonicalMapping) {
        result.append(ScalarChange(scalar, 0))
      } else if Hangul.isSyllable(scalar) {
        let (first, second, third) = Hangul.jamo(of: scalar)
        result.append(ScalarChange(first, 0))
        result.append(ScalarChange(second, 1))
        if third != 0 { result.append(ScalarChange(third, 1)) }
      } else {
        let mapping = isCompatible ? ScalarMapping.compatible(of: scalar) : .canonical(of: scalar)
        for (position, part) in mapping.enumerated() { result.append(ScalarChange(part, position == 0 ? 0 : 1)) }
      }
    }
    Self.order(&result)
    return result
  }

  /// Sorts every run of marks by combining class, equal classes in their order.
  private static func order(_ changes: inout [ScalarChange]) {
    var start = 0
    while start < changes.count {
      guard changes[start].order != 0 else {
        start += 1
        continue
      }
      var end = start + 1
      var sorted = true
      while end < changes.count, changes[end].order != 0 {
        sorted = sorted && changes[end - 1].order <= changes[end].order
        end += 1
      }
      if !sorted {
        // Swift's sort is stable in practice but not by contract; the position decides.
        let run = changes[start..<end].enumerated().sorted {
          ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
        }
        changes.replaceSubrange(start..<end, with: run.map(\.element))
      }
      start = end
    }
  }

  private static func composed(_ decomposed: [ScalarChange]) -> [ScalarChange] {
    var result: [ScalarChange] = []
    result.reserveCapacity(decomposed.count)
    var starter: Int?
    var lastOrder: UInt8?  // class of the last mark that stayed behind the starter
    for next in decomposed {
      guard let at = starter else {
        if next.order == 0 { starter = result.count }
        result.append(next)
        continue
      }
      let isBlocked = lastOrder.map { $0 >= next.order } ?? false
      if !isBlocked, let whole = composition(result[at].scalar, next.scalar) {
        result[at] = ScalarChange(whole, result[at].change + next.change - 1)
        continue
      }
      if next.order == 0 {
        starter = result.count
        lastOrder = nil
      } else {
        lastOrder = next.order
      }
      result.append(next)
    }
    return result
  }

  private static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if let syllable = Hangul.composition(first, second) { return syllable }
    let whole = nt_unicode_composition(first, second)
    return whole == 0 ? nil : whole
  }
}
