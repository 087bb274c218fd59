internal import NeedletailJSON

/// The tokens of a folder, from whichever file has them.
struct FolderVocabulary {
  var arena: [UInt8] = []
  /// The place of each token, `nil` for ids without one.
  var ranges: [Range<Int>?] = []
  /// How probable each token is, for Unigram models.
  var scores: [Double] = []
  /// Pairs of tokens that are merged, the first ones first.
  var merges: [(left: Range<Int>, right: Range<Int>)] = []
  var rules: CharacterMap?
  /// What a SentencePiece file says beside its pieces.
  var sentencePiece: SentencePieceModel?
  /// Which file it is from, for errors.
  var subject = ""

  /// The arena may name a token twice where it is the text of a `vocab.txt`: its last line counts.
  var lastWins = false

  func vocabulary() throws(TokenizerError) -> Vocabulary {
    do { return try Vocabulary(arena: arena, ranges: ranges, lastWins: lastWins) } catch {
      throw problem(error.message)
    }
  }

  func problem(_ message: String) -> TokenizerError {
    TokenizerError(.invalidVocabulary, message, subject: subject)
  }

  /// Adds a token after all others.
  mutating func append(_ token: String, score: Double = 0) {
    let start = arena.count
    arena += Array(token.utf8)
    ranges.append(start..<arena.count)
    scores.append(score)
  }

  /// Puts other tokens in the place of the first ones.
  mutating func replaceFirst(_ count: Int, with tokens: [(String, Double)]) {
    let rest = (ranges.dropFirst(count), scores.dropFirst(count))
    ranges = []
    scores = []
    for (token, score) in tokens { append(token, score: score) }
    ranges += rest.0
    scores += rest.1
  }

  /// A `vocab.txt`: a token a line, white space at its end cut off.
  init(lines bytes: [UInt8], subject: String) {
    arena = bytes
    self.subject = subject
    lastWins = true
    var start = 0
    func add(_ end: Int) {
      let line = String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars
      let spaces = line.reversed().prefix { ScalarProperties($0.value).isWhitespace }
      ranges.append(start..<(end - spaces.reduce(0) { $0 + UTF8.width($1) }))
    }
    for index in bytes.indices where bytes[index] == 0x0A {
      add(index)
      start = index + 1
    }
    if start < bytes.count { add(bytes.count) }
  }

  /// A `vocab.json` and the text of a `merges.txt`, whose lines that begin with `#version` are passed over.
  init(vocabulary json: JSON, merges bytes: [UInt8], subject: String) throws {
    self.subject = subject
    try read(json)
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for (index, line) in lines.enumerated() where !line.starts(with: Array("#version".utf8)) {
      do throws(Vocabulary.Problem) {
        append(merge: try BPE.Builder.pair(line: line.last == 0x0D ? line.dropLast() : line))
      } catch {
        throw TokenizerError(.invalidVocabulary, error.message, subject: "\(subject):\(index + 1)")
      }
    }
  }

  /// The model of a `tokenizer.json`, and the charsmap of its normalizer.
  init(tokenizer root: JSON, subject: String) throws {
    self.subject = subject
    let model = try root.value("model").expect(.object, "\"model\"")
    let list = try model.value("vocab")
    if list.kind == .array {
      for entry in list.elements {
        let parts = Array(try entry.expect(.array, "a token and its score").elements)
        guard parts.count == 2, let token = parts[0].utf8, let digits = parts[1].digits,
          let score = ReferenceNumber.double(digits)
        else { throw entry.problem(.malformed, "expected a token and its score") }
        let start = arena.count
        arena += token
        ranges.append(start..<arena.count)
        scores.append(score)
      }
    } else {
      try read(list)
      for entry in model.optional("merges")?.elements.map({ $0 }) ?? [] {
        do throws(Vocabulary.Problem) { append(merge: try BPE.pair(entry)) } catch {
          throw entry.problem(.invalidVocabulary, error.message)
        }
      }
    }
    guard let normalizer = root.optional("normalizer") else { return }
    let stages = normalizer.optional("normalizers")?.elements.map { $0 } ?? [normalizer]
    if let stage = stages.first(where: { $0.optional("type")?.string == "Precompiled" }) {
      rules = try CharacterMap(reading: stage)
    }
  }

  /// A SentencePiece model of the kinds Unigram and BPE.
  ///
  /// - Parameter merges: Whether merges are made of the pieces: every way to put a piece together from two, in the
  ///   order of the pieces, whatever their scores are, as transformers does it.
  init(sentencePiece bytes: [UInt8], merges: Bool?, subject: String) throws(TokenizerError) {
    let model = try SentencePieceModel(bytes, subject: subject)
    self.subject = subject
    sentencePiece = model
    arena = bytes
    guard [.unigram, .merges].contains(model.algorithm) else {
      throw TokenizerError(
        .unsupported, "a folder's SentencePiece model should be of the kind UNIGRAM or BPE", subject: subject)
    }
    guard !model.pieces.isEmpty else { throw problem("the vocabulary is empty") }
    for (id, piece) in model.pieces.enumerated() {
      guard !piece.range.isEmpty, String(validating: bytes[piece.range], as: UTF8.self) != nil else {
        throw problem("the piece \(id) is empty or not UTF-8")
      }
      guard piece.score.isFinite else { throw problem("the piece \(id) has the score \(piece.score)") }
      ranges.append(piece.range)
      scores.append(Double(piece.score))
    }
    if !model.rules.isEmpty {
      do throws(CharacterMap.Problem) { rules = try CharacterMap(bytes[model.rules]) } catch {
        throw problem(error.message)
      }
    }
    if merges ?? (model.algorithm == .merges) { try makeMerges() }
  }

  private mutating func makeMerges() throws(TokenizerError) {
    let vocabulary = try vocabulary()
    var searched = 0
    for case let range? in ranges {
      let word = Array(arena[range])
      var hash = ByteHash()
      for end in 1..<max(word.count, 1) {
        hash.add(word[end - 1])
        guard word[end] & 0xC0 != 0x80, vocabulary.id(word, 0..<end, hash: hash) != nil else { continue }
        searched += word.count - end
        guard searched < PieceMerges.longestSearch else {
          throw problem("the pieces are too long to be merged from their parts")
        }
        guard vocabulary.id(word[end...]) != nil else { continue }
        let middle = range.lowerBound + end
        merges.append((range.lowerBound..<middle, middle..<range.upperBound))
      }
    }
  }

  private mutating func append(merge pair: (ArraySlice<UInt8>, ArraySlice<UInt8>)) {
    let start = arena.count
    arena += pair.0
    let middle = arena.count
    arena += pair.1
    merges.append((start..<middle, middle..<arena.count))
  }

  /// An object from tokens to ids; gaps may be filled by added tokens.
  private mutating func read(_ json: JSON) throws {
    let vocabulary = try Vocabulary(reading: json)
    for id in 0..<vocabulary.limit {
      let start = arena.count
      if let bytes = vocabulary.bytes(id) { arena += bytes }
      ranges.append(vocabulary.bytes(id) == nil ? nil : start..<arena.count)
    }
  }
}
