extension NormalizationForm {
  /// Whether a text is its own normal form, given also as well-formed UTF-8.
  func keeps(_ text: String, _ bytes: [UInt8]) -> Bool {
    if surelyKeeps(bytes) { return true }
    let scalars = text.unicodeScalars.map(\.value)
    let changes = changes(to: scalars)
    return changes.count == scalars.count
      && changes.indices.allSatisfy { changes[$0].change == 0 && changes[$0].scalar == scalars[$0] }
  }

  /// Whether a text of well-formed UTF-8 is surely its own normal form; texts that need a closer look are not.
  private func surelyKeeps(_ bytes: [UInt8]) -> Bool {
    let source = UTF8Source(bytes: bytes)
    var position = 0
    while position < bytes.count {
      guard bytes[position] >= 0x80 else {
        position += 1
        continue
      }
      guard self == .nfc else { return false }
      let (scalar, next) = source.scalar(at: position)
      guard Self.staysComposed(scalar) else { return false }
      position = next
    }
    return true
  }

  /// Whether scalars are surely their own normal form; those that need a closer look are not.
  func surelyKeeps(_ scalars: [UInt32]) -> Bool {
    switch self {
    case .nfc: scalars.allSatisfy { Self.isInert($0) || Self.staysComposed($0) }
    case .nfd, .nfkd:
      scalars.allSatisfy { scalar in
        if Self.isInert(scalar) { return true }
        let properties = ScalarProperties(scalar)
        return properties.combiningClass == 0
          && !(self == .nfd ? properties.hasCanonicalMapping : properties.hasCompatibleMapping)
      }
    case .nfkc: scalars.allSatisfy(Self.isInert)
    }
  }

  /// Whether a scalar stays as it is in NFC beside any others of this kind.
  private static func staysComposed(_ scalar: UInt32) -> Bool {
    if scalar < 0x300 || Hangul.isSyllable(scalar) { return true }
    let properties = ScalarProperties(scalar)
    return !properties.hasCanonicalMapping && properties.combiningClass == 0 && !followers.contains(scalar)
  }

  /// The scalars of combining class 0 that compose with one before them.
  private static let followers: Set<UInt32> = {
    var result = Set((0x1161...0x1175).map { UInt32($0) } + (0x11A8...0x11C2).map { UInt32($0) })
    for scalar in UInt32(0x300)..<0x20000 where ScalarProperties(scalar).hasCanonicalMapping {
      guard !Hangul.isSyllable(scalar) else { continue }
      let parts = Array(ScalarMapping.canonical(of: scalar))
      if parts.count > 1, let last = parts.last, ScalarProperties(last).combiningClass == 0 { result.insert(last) }
    }
    return result
  }()
}
