/// The first stage: what is done to a text before it is split.
indirect enum Normalizer: Sendable {
  case bert(BertNormalizer)
  case lowercase
  case form(NormalizationForm)
  case stripAccents
  case strip(left: Bool, right: Bool)
  /// Every occurrence of a string that is not empty.
  case replace(pattern: [UInt32], content: [UInt32])
  /// Every match of a well-known regular expression.
  case replaceMatches(SplitPattern, content: [UInt32])
  /// Every match of any other.
  case replaceRegex(Regex, content: [UInt32])
  /// Every run of a scalar that is long enough: the pattern ` {2,}`.
  case replaceRuns(of: UInt32, atLeast: Int, content: [UInt32])
  /// White space that stands more than once, and line ends and tabs, become one space: `\s{2,}|[\n\r\t]`.
  case joinSpaces
  case prepend([UInt32])
  case characterMap(CharacterMap)
  case sentencePiece(SentencePieceNormalizer)
  case translation
  case byteLevel
  case sequence([Normalizer])

  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  func apply(to text: inout NormalizedText) throws(TokenizerError) {
    switch self {
    case .bert(let bert): bert.apply(to: &text)
    case .lowercase: text.lowercase()
    case .form(let form): text.normalize(to: form)
    case .stripAccents: text.filter { !ScalarProperties($0).isMark }
    case .strip(let left, let right): text.strip(left: left, right: right)
    case .replace(let pattern, let content): text.replace(pattern, with: content)
    case .replaceMatches(let pattern, let content): text.replace(pattern, with: content)
    case .replaceRegex(let regex, let content): try text.replace(regex, with: content)
    case .replaceRuns(let scalar, let minimum, let content):
      text.replaceRuns(of: scalar, atLeast: minimum, with: content)
    case .joinSpaces: text.joinSpaces()
    case .prepend(let prefix): text.prepend(prefix)
    case .characterMap(let map): map.apply(to: &text)
    case .sentencePiece(let normalizer): normalizer.apply(to: &text)
    case .translation: text.cleanForTranslation()
    case .byteLevel: text.spellBytes()
    case .sequence(let normalizers): for normalizer in normalizers { try normalizer.apply(to: &text) }
    }
  }
}

/// The cleaning of BERT (Devlin and others 2018).
struct BertNormalizer: Sendable {
  /// Whether controls go and white space becomes a plain space.
  var cleansText = true
  /// Whether ideographs get spaces around them.
  var separatesIdeographs = true
  /// Whether accents go; `nil` in the file follows ``lowercases``.
  var stripsAccents = true
  /// Whether letters become lowercase.
  var lowercases = true

  func apply(to text: inout NormalizedText) {
    if cleansText {
      text.filter { $0 != 0 && $0 != 0xFFFD && !ScalarProperties($0).isControl }
      text.map { ScalarProperties($0).isWhitespace ? 0x20 : $0 }
    }
    if separatesIdeographs, text.scalars.contains(where: { ScalarProperties($0).isIdeograph }) {
      text.transform(
        text.scalars.flatMap { scalar in
          ScalarProperties(scalar).isIdeograph
            ? [ScalarChange(0x20, 0), ScalarChange(scalar, 1), ScalarChange(0x20, 1)] : [ScalarChange(scalar, 0)]
        })
    }
    if stripsAccents {
      text.normalize(to: .nfd)
      text.filter { !ScalarProperties($0).isNonspacingMark }
    }
    if lowercases { text.lowercase() }
  }
}

extension NormalizedText {
  mutating func lowercase() {
    guard let first = scalars.firstIndex(where: { ScalarProperties($0).hasLowercase }) else { return }
    if lowercaseInPlace(from: first) { return }
    var changes: [ScalarChange] = []
    changes.reserveCapacity(count)
    for scalar in scalars {
      guard ScalarProperties(scalar).hasLowercase else {
        changes.append(ScalarChange(scalar, 0))
        continue
      }
      for (position, part) in ScalarMapping.lowercase(of: scalar).enumerated() {
        changes.append(ScalarChange(part, position == 0 ? 0 : 1))
      }
    }
    transform(changes)
  }

  mutating func normalize(to form: NormalizationForm) {
    guard !form.surelyKeeps(scalars) else { return }
    transform(form.changes(to: scalars))
  }

  mutating func strip(left: Bool, right: Bool) {
    func isSolid(_ scalar: UInt32) -> Bool { !ScalarProperties(scalar).isWhitespace }
    let start = left ? scalars.firstIndex(where: isSolid) ?? count : 0
    let end = right ? (scalars.lastIndex(where: isSolid) ?? -1) + 1 : count
    if start > 0 || end < count { keep(start..<max(start, end)) }
  }

  /// Each scalar of the content stands for the last scalar of what it replaces.
  mutating func replace(_ pattern: [UInt32], with content: [UInt32]) {
    guard !pattern.isEmpty, count >= pattern.count else { return }
    func matches(at start: Int) -> Bool {
      guard start + pattern.count <= count else { return false }
      for offset in pattern.indices where scalars[start + offset] != pattern[offset] { return false }
      return true
    }
    var position = 0
    while position < count, scalars[position] != pattern[0] || !matches(at: position) { position += 1 }
    guard position < count else { return }
    var replaced = Array(scalars[..<position])
    var sources = Array(0..<position)
    while position < count {
      if matches(at: position) {
        position += pattern.count
        replaced += content
        sources += repeatElement(position - 1, count: content.count)
      } else {
        replaced.append(scalars[position])
        sources.append(position)
        position += 1
      }
    }
    rewrite(replaced, sources: sources)
  }

  mutating func prepend(_ prefix: [UInt32]) {
    guard count > 0 else { return }
    // With nothing before it, the first scalar loses its place in the reference library.
    guard !prefix.isEmpty else { return rewrite(scalars, sources: [-1] + Array(1..<count)) }
    rewrite(prefix + scalars, sources: Array(repeating: 0, count: prefix.count) + Array(0..<count))
  }
}
