/// A text that can be read scalar by scalar from any position between two scalars.
protocol ScalarSource {
  /// The position after the last scalar.
  var end: Int { get }
  /// The scalar at a position before ``end``, and the position after it.
  func scalar(at position: Int) -> (value: UInt32, next: Int)
}

/// Scalars, each at its own position.
struct ScalarList: ScalarSource {
  let scalars: [UInt32]
  let end: Int

  @inline(__always)
  func scalar(at position: Int) -> (value: UInt32, next: Int) { (scalars[position], position + 1) }
}

/// Well-formed UTF-8; positions count bytes.
struct UTF8Source: ScalarSource {
  let bytes: [UInt8]

  @inline(__always)
  var end: Int { bytes.count }

  @inline(__always)
  func scalar(at position: Int) -> (value: UInt32, next: Int) {
    let lead = UInt32(bytes[position])
    return lead < 0x80 ? (lead, position + 1) : longScalar(lead, position)
  }

  private func longScalar(_ lead: UInt32, _ position: Int) -> (value: UInt32, next: Int) {
    func tail(_ offset: Int) -> UInt32 { UInt32(bytes[position + offset] & 0x3F) }
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | tail(1), position + 2) }
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | tail(1) << 6 | tail(2), position + 3) }
    return ((lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), position + 4)
  }
}

/// Finds the matches of a ``SplitPattern``, leftmost first, each by the first alternative that fits, as a
/// backtracking engine finds them, in linear time.
struct PatternScanner<Source: ScalarSource> {
  let pattern: SplitPattern
  let source: Source

  /// A scalar with its classes; past the end it has the class ``RegexClass/end`` only.
  private struct Unit {
    var value: UInt32
    var kind: RegexClass
    var next: Int

    @inline(__always) var isLineEnd: Bool { value == 0x0A || value == 0x0D }
  }

  @inline(__always)
  private func unit(_ position: Int) -> Unit {
    guard position < source.end else { return Unit(value: 0, kind: .end, next: position) }
    let (value, next) = source.scalar(at: position)
    return Unit(value: value, kind: RegexClass(value), next: next)
  }

  /// Where the match that begins at a position ends; `nil` where none begins there.
  @inline(__always)
  func match(at start: Int) -> Int? {
    switch pattern {
    case .gpt2: gpt2(start)
    case .llama3: modern(start, numbers: 3)
    case .qwen2: modern(start, numbers: 1)
    case .o200k: cased(start)
    case .clip: clip(start)
    case .spaces: run(start) { $0.kind.isSpace }
    }
  }

  // MARK: - Alternatives

  private func gpt2(_ start: Int) -> Int? {
    let first = unit(start)
    if first.value == 0x27, let end = contraction(start, ignoresCase: false) { return end }
    let body = first.value == 0x20 ? unit(first.next) : first
    if body.kind.isLetter { return runEnd(body.next) { $0.kind.isLetter } }
    if body.kind.isNumber { return runEnd(body.next) { $0.kind.isNumber } }
    if body.kind.isOther { return runEnd(body.next) { $0.kind.isOther } }
    return spaces(start)
  }

  private func modern(_ start: Int, numbers: Int) -> Int? {
    let first = unit(start)
    if first.kind.isLetter { return runEnd(first.next) { $0.kind.isLetter } }
    if first.value == 0x27, let end = contraction(start, ignoresCase: true) { return end }
    if first.kind.isNumber { return digits(first, numbers) }
    if !first.isLineEnd {
      let second = unit(first.next)
      if second.kind.isLetter { return runEnd(second.next) { $0.kind.isLetter } }
    }
    return symbolsOrSpaces(start, first, takesSlash: false)
  }

  private func cased(_ start: Int) -> Int? {
    let first = unit(start)
    let prefixed = !first.isLineEnd && !first.kind.isLetter && !first.kind.isNumber ? first.next : nil
    if let prefixed, let end = lowerEnding(prefixed) { return optionalContraction(end) }
    if let end = lowerEnding(start) { return optionalContraction(end) }
    if let prefixed, let end = upperBeginning(prefixed) { return optionalContraction(end) }
    if let end = upperBeginning(start) { return optionalContraction(end) }
    if first.kind.isNumber { return digits(first, 3) }
    return symbolsOrSpaces(start, first, takesSlash: true)
  }

  private func clip(_ start: Int) -> Int? {
    let first = unit(start)
    if first.value == 0x27, let end = contraction(start, ignoresCase: false) { return end }
    if first.kind.isLetter { return runEnd(first.next) { $0.kind.isLetter } }
    if first.kind.isNumber { return first.next }
    if first.kind.isOther { return runEnd(first.next) { $0.kind.isOther } }
    return nil
  }

  // MARK: - Parts

  /// Matches `'s|'t|'re|'ve|'m|'ll|'d`.
  private func contraction(_ start: Int, ignoresCase: Bool) -> Int? {
    let quote = unit(start)
    guard quote.value == 0x27, !quote.kind.isEnd else { return nil }
    let first = unit(quote.next)
    func folded(_ value: UInt32) -> UInt32 {
      guard ignoresCase else { return value }
      // U+017F is the long s, which folds to s.
      return value == 0x17F ? 0x73 : (0x41...0x5A).contains(value) ? value + 32 : value
    }
    switch folded(first.value) {
    case 0x73, 0x74, 0x6D, 0x64: return first.next
    case 0x72, 0x76:
      let second = unit(first.next)
      return folded(second.value) == 0x65 ? second.next : nil
    case 0x6C:
      let second = unit(first.next)
      return folded(second.value) == 0x6C ? second.next : nil
    default: return nil
    }
  }

  private func optionalContraction(_ end: Int) -> Int { contraction(end, ignoresCase: true) ?? end }

  /// Matches `\p{N}{1,limit}`.
  private func digits(_ first: Unit, _ limit: Int) -> Int {
    var end = first.next
    for _ in 1..<limit {
      let next = unit(end)
      guard next.kind.isNumber else { break }
      end = next.next
    }
    return end
  }

  /// Matches ` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
  private func symbolsOrSpaces(_ start: Int, _ first: Unit, takesSlash: Bool) -> Int? {
    let body = first.value == 0x20 ? unit(first.next) : first
    if body.kind.isOther {
      let end = runEnd(body.next) { $0.kind.isOther }
      return runEnd(end) { $0.isLineEnd || (takesSlash && $0.value == 0x2F) }
    }
    var lineEnd: Int?
    var position = start
    while true {
      let next = unit(position)
      guard next.kind.isSpace else { break }
      position = next.next
      if next.isLineEnd { lineEnd = position }
    }
    return lineEnd ?? spaces(start)
  }

  /// Matches `\s+(?!\S)|\s+`: a run of spaces without its last one where something follows.
  private func spaces(_ start: Int) -> Int? {
    var position = start
    var last = start
    while true {
      let next = unit(position)
      guard next.kind.isSpace else { break }
      last = position
      position = next.next
    }
    if position == start { return nil }
    return position == source.end || last == start ? position : last
  }

  /// Matches `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`.
  private func lowerEnding(_ start: Int) -> Int? {
    var position = start
    var lastLower: Int?
    var next = unit(position)
    while next.kind.isUpper {
      position = next.next
      if next.kind.isLower { lastLower = position }
      next = unit(position)
    }
    if next.kind.isLower { return runEnd(next.next) { $0.kind.isLower } }
    return lastLower
  }

  /// Matches `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`.
  private func upperBeginning(_ start: Int) -> Int? {
    guard let end = run(start, while: { $0.kind.isUpper }) else { return nil }
    return runEnd(end) { $0.kind.isLower }
  }

  @inline(__always)
  private func run(_ start: Int, while belongs: (Unit) -> Bool) -> Int? {
    let end = runEnd(start, while: belongs)
    return end > start ? end : nil
  }

  @inline(__always)
  private func runEnd(_ start: Int, while belongs: (Unit) -> Bool) -> Int {
    var position = start
    while position < source.end {
      let next = unit(position)
      guard belongs(next) else { break }
      position = next.next
    }
    return position
  }
}
