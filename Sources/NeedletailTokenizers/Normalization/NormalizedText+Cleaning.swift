extension NormalizedText {
  /// The cleaning that Google's translation models ask for (`nmt`): controls go, odd white space becomes a space.
  mutating func cleanForTranslation() {
    filter { scalar in
      switch scalar {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
      default: true
      }
    }
    map { scalar in
      switch scalar {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
      default: scalar
      }
    }
  }

  /// Puts `content` in the place of every run of at least `minimum` times `scalar`; the replacement stands for the last
  /// scalar of the run.
  mutating func replaceRuns(of scalar: UInt32, atLeast minimum: Int, with content: [UInt32]) {
    guard minimum > 0, longestRun(of: scalar) >= minimum else { return }
    var replaced: [UInt32] = []
    var sources: [Int] = []
    var position = 0
    while position < count {
      var end = position
      while end < count, scalars[end] == scalar { end += 1 }
      if end - position >= minimum {
        replaced += content
        sources += repeatElement(end - 1, count: content.count)
        position = end
      } else {
        let end = max(end, position + 1)
        replaced += scalars[position..<end]
        sources += position..<end
        position = end
      }
    }
    rewrite(replaced, sources: sources)
  }

  /// Every run of two or more spaces of any kind, and every single line end or tab, becomes one space; it stands for the
  /// last scalar of the run.
  mutating func joinSpaces() {
    func isSpace(_ scalar: UInt32) -> Bool { ScalarProperties(scalar).isWhitespace }
    guard scalars.contains(where: { $0 != 0x20 && isSpace($0) }) || longestRun(of: 0x20) > 1 else { return }
    var replaced: [UInt32] = []
    var sources: [Int] = []
    var position = 0
    while position < count {
      var end = position
      while end < count, isSpace(scalars[end]) { end += 1 }
      let joins = end - position > 1 || end > position && [0x0A, 0x0D, 0x09].contains(scalars[position])
      replaced.append(joins ? 0x20 : scalars[position])
      position = joins ? end : position + 1
      sources.append(position - 1)
    }
    rewrite(replaced, sources: sources)
  }

  private func longestRun(of scalar: UInt32) -> Int {
    var longest = 0
    var run = 0
    for other in scalars {
      run = other == scalar ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }

  /// Writes every byte of the UTF-8 as the visible scalar that byte-level vocabularies have for it.
  mutating func spellBytes() {
    var spelled: [UInt32] = []
    var sources: [Int] = []
    for (index, scalar) in scalars.enumerated() {
      var packed = scalar.utf8Packed
      repeat {
        spelled.append(VisibleBytes.scalar(for: UInt8(truncatingIfNeeded: packed)))
        sources.append(index)
        packed >>= 8
      } while packed != 0
    }
    rewrite(spelled, sources: sources)
  }
}

/// The visible scalar for each byte (Radford and others 2019): itself where it is one, else one from U+0100 on.
enum VisibleBytes {
  static func scalar(for byte: UInt8) -> UInt32 {
    switch byte {
    case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: UInt32(byte)
    case 0x00...0x20: 0x100 + UInt32(byte)
    case 0x7F...0xA0: 0x121 + UInt32(byte) - 0x7F
    default: 0x143
    }
  }
}
