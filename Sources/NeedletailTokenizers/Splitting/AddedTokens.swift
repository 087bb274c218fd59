/// A token that is looked for in the text itself, before the model sees it.
package struct AddedToken: Sendable {
  package var content: String
  package var id: Int32
  /// Left out when decoding on request.
  package var isSpecial = true
  /// Found only where no word character touches it.
  package var isSingleWord = false
  /// Takes the white space on its left, or right, with it.
  package var stripsLeft = false
  package var stripsRight = false
  /// Looked for in the normalized text, by its normalized content.
  package var isNormalized = false

  package init(
    content: String, id: Int32, isSpecial: Bool = true, isSingleWord: Bool = false, stripsLeft: Bool = false,
    stripsRight: Bool = false, isNormalized: Bool = false
  ) {
    self.content = content
    self.id = id
    self.isSpecial = isSpecial
    self.isSingleWord = isSingleWord
    self.stripsLeft = stripsLeft
    self.stripsRight = stripsRight
    self.isNormalized = isNormalized
  }
}

/// All added tokens of a tokenizer and how they are found: leftmost first, the longest of several.
struct AddedTokens: Sendable {
  let tokens: [AddedToken]
  private let plain: TokenTrie
  private let normalized: TokenTrie
  private let byID: [Int32: Int]
  /// What decoding gives for each token: as in the reference library, the content after the normalizer where the token
  /// is looked for after it.
  let spellings: [[UInt8]]
  /// Whether decoding leaves each out on request: where its spelling is the content of a special token still.
  private let areLeftOut: [Bool]

  /// None at all.
  init() {
    tokens = []
    spellings = []
    areLeftOut = []
    plain = TokenTrie()
    normalized = TokenTrie()
    byID = [:]
  }

  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  init(_ tokens: [AddedToken], normalizer: Normalizer?) throws(TokenizerError) {
    var plain = TokenTrie()
    var normalized = TokenTrie()
    var byID: [Int32: Int] = [:]
    var spellings: [[UInt8]] = []
    for (index, token) in tokens.enumerated() {
      byID[token.id] = index
      var content = NormalizedText(token.content)
      if token.isNormalized {
        try normalizer?.apply(to: &content)
        normalized.insert(content.scalars, index)
      } else {
        plain.insert(content.scalars, index)
      }
      var spelling: [UInt8] = []
      for scalar in content.scalars { spelling.appendUTF8(scalar) }
      spellings.append(spelling)
    }
    let special = Set(tokens.filter(\.isSpecial).map { Array($0.content.utf8) })
    areLeftOut = spellings.map(special.contains)
    self.spellings = spellings
    self.tokens = tokens
    self.plain = plain
    self.normalized = normalized
    self.byID = byID
  }

  func token(_ id: Int32) -> AddedToken? { byID[id].map { tokens[$0] } }

  /// What decoding gives for an id, and whether it is left out on request; `nil` where it is not of these tokens.
  func spelling(_ id: Int32) -> (bytes: [UInt8], isLeftOut: Bool)? {
    byID[id].map { (spellings[$0], areLeftOut[$0]) }
  }

  /// The sections of a text: added tokens as they stand in the original, the rest normalized, then split again at the
  /// tokens that are looked for in normalized text.
  ///
  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  func sections(
    of text: NormalizedText, normalizer: Normalizer?
  ) throws(TokenizerError) -> [(text: NormalizedText, token: AddedToken?)] {
    var result: [(text: NormalizedText, token: AddedToken?)] = []
    for (section, token) in split(text, plain) {
      guard token == nil else {
        result.append((section, token))
        continue
      }
      var section = section
      try normalizer?.apply(to: &section)
      result += split(section, normalized)
    }
    return result
  }

  private func split(_ text: NormalizedText, _ trie: TokenTrie) -> [(text: NormalizedText, token: AddedToken?)] {
    guard !trie.isEmpty else { return text.count == 0 ? [] : [(text, nil)] }
    var result: [(text: NormalizedText, token: AddedToken?)] = []
    var written = 0
    func add(_ range: Range<Int>, _ token: AddedToken?) {
      if range.count == text.count, token == nil {
        result.append((text, nil))
      } else if !range.isEmpty {
        result.append((NormalizedText(slicing: text, range), token))
      }
    }
    var position = 0
    while position < text.count {
      guard let match = trie.longestMatch(in: text.scalars, at: position) else {
        position += 1
        continue
      }
      let token = tokens[match.index]
      var range = position..<match.end
      position = match.end
      if token.isSingleWord, text.touchesWord(range) { continue }
      if token.stripsLeft {
        let start = max(text.spaceBefore(range.lowerBound), written)
        range = min(start, range.upperBound)..<range.upperBound
      }
      if token.stripsRight { range = range.lowerBound..<text.spaceAfter(range.upperBound) }
      if written < range.lowerBound { add(written..<range.lowerBound, nil) }
      add(range, token)
      written = range.upperBound
    }
    if written < text.count { add(written..<text.count, nil) }
    return result
  }
}

extension NormalizedText {
  fileprivate func touchesWord(_ range: Range<Int>) -> Bool {
    (range.lowerBound > 0 && ScalarProperties(scalars[range.lowerBound - 1]).isWord)
      || (range.upperBound < count && ScalarProperties(scalars[range.upperBound]).isWord)
  }

  fileprivate func spaceBefore(_ start: Int) -> Int {
    var start = start
    while start > 0, ScalarProperties(scalars[start - 1]).isWhitespace { start -= 1 }
    return start
  }

  fileprivate func spaceAfter(_ end: Int) -> Int {
    var end = end
    while end < count, ScalarProperties(scalars[end]).isWhitespace { end += 1 }
    return end
  }
}

/// A trie over scalars; its edges are one table from node and scalar to node.
private struct TokenTrie: Sendable {
  private var edges: [UInt64: Int] = [:]
  private var ends: [Int?] = [nil]
  /// The low seven bits of every first scalar, so that most positions need no lookup.
  private var firsts: [Bool] = Array(repeating: false, count: 128)

  var isEmpty: Bool { edges.isEmpty }

  mutating func insert(_ scalars: [UInt32], _ index: Int) {
    guard let first = scalars.first else { return }
    firsts[Int(first & 127)] = true
    var node = 0
    for scalar in scalars {
      let edge = UInt64(node) << 32 | UInt64(scalar)
      if let next = edges[edge] {
        node = next
      } else {
        ends.append(nil)
        edges[edge] = ends.count - 1
        node = ends.count - 1
      }
    }
    // Of two tokens that are the same after normalization the first is found.
    if ends[node] == nil { ends[node] = index }
  }

  func longestMatch(in scalars: [UInt32], at start: Int) -> (index: Int, end: Int)? {
    guard firsts[Int(scalars[start] & 127)] else { return nil }
    var node = 0
    var position = start
    var found: (index: Int, end: Int)?
    while position < scalars.count, let next = edges[UInt64(node) << 32 | UInt64(scalars[position])] {
      node = next
      position += 1
      if let index = ends[node] { found = (index, position) }
    }
    return found
  }
}
