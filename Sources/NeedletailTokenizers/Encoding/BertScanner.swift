/// Cleaning, splitting and looking up in one pass over UTF-8, for the plain BERT pipeline.
///
/// Gives the ids of the stage-by-stage way, or gives up on the few scalars that need more context than one scalar.
struct BertScanner: Sendable {
  private enum Kind: UInt8 {
    case word, space, punctuation, dropped, multibyte, candidate
  }

  private let normalizer: BertNormalizer
  private let model: WordPiece
  /// What each byte is, and what it is where no added token begins.
  private let kinds: [Kind]
  private let plainKinds: [Kind]
  private let lowercase: [UInt8]
  /// Added tokens, longest first.
  private let added: [(bytes: [UInt8], id: Int32)]

  /// `nil` where the pipeline is another one, or where added tokens need more than being found.
  init?(added: AddedTokens, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel) {
    guard case .bert(let normalizer) = normalizer, case .bert = preTokenizer, case .wordPiece(let model) = model,
      added.tokens.count <= 64,
      added.tokens.allSatisfy({
        !$0.isNormalized && !$0.isSingleWord && !$0.stripsLeft && !$0.stripsRight && !$0.content.isEmpty
      })
    else { return nil }
    self.normalizer = normalizer
    self.model = model
    self.added = added.tokens.map { (Array($0.content.utf8), $0.id) }.sorted { $0.bytes.count > $1.bytes.count }
    plainKinds = (0..<256).map { byte in
      guard byte < 0x80 else { return .multibyte }
      let properties = ScalarProperties(UInt32(byte))
      if normalizer.cleansText, byte == 0 || properties.isControl { return .dropped }
      return properties.isWhitespace ? .space : properties.isPunctuation ? .punctuation : .word
    }
    var kinds = plainKinds
    for token in self.added { kinds[Int(token.bytes[0])] = .candidate }
    self.kinds = kinds
    lowercase = (0..<256).map { byte in
      normalizer.lowercases && (0x41...0x5A).contains(byte) ? UInt8(byte + 32) : UInt8(byte)
    }
  }

  /// Adds the ids of a text.
  ///
  /// - Parameters:
  ///   - bytes: Well-formed UTF-8.
  ///   - limit: Where to stop: at least this many ids are written unless the text has fewer.
  /// - Returns: Whether the text could be read this way; if not, what was added is to be removed.
  func scan<Sink: TokenSink>(_ bytes: [UInt8], limit: Int, word: inout WordBuffer, into sink: inout Sink) -> Bool {
    let stop = limit > Int.max - sink.count ? Int.max : sink.count + limit
    word.begin()
    var index = 0
    while index < bytes.count, sink.count < stop {
      let byte = bytes[index]
      var kind = kinds[Int(byte)]
      if kind == .candidate {
        if let token = added.first(where: { Self.stands($0.bytes, in: bytes, at: index) }) {
          word.flush(model, into: &sink)
          word.place = sink.append(added: token.id, token.bytes, place: word.place, word: word.number)
          word.number += 1
          index += token.bytes.count
          continue
        }
        kind = plainKinds[Int(byte)]
      }
      defer { word.place += 1 }
      switch kind {
      case .word:
        word.add(lowercase[Int(byte)], limit: model.maximumScalars, Sink.self)
        index += 1
      case .space:
        word.flush(model, into: &sink)
        index += 1
      case .punctuation:
        word.flush(model, into: &sink)
        word.add(byte, limit: model.maximumScalars, Sink.self)
        word.flush(model, into: &sink)
        index += 1
      case .dropped, .candidate: index += 1
      case .multibyte:
        let (scalar, length) = Self.scalar(bytes, at: index)
        index += length
        guard add(scalar, to: &word, into: &sink) else { return false }
      }
    }
    if sink.count < stop { word.flush(model, into: &sink) }
    return true
  }

  private static func stands(_ token: [UInt8], in bytes: [UInt8], at index: Int) -> Bool {
    guard bytes.count - index >= token.count else { return false }
    for offset in token.indices where bytes[index + offset] != token[offset] { return false }
    return true
  }

  private static func scalar(_ bytes: [UInt8], at index: Int) -> (UInt32, Int) {
    func tail(_ offset: Int) -> UInt32 { UInt32(bytes[index + offset] & 0x3F) }
    let lead = UInt32(bytes[index])
    if lead < 0xE0 { return ((lead & 0x1F) << 6 | tail(1), 2) }
    if lead < 0xF0 { return ((lead & 0x0F) << 12 | tail(1) << 6 | tail(2), 3) }
    return ((lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
  }

  private func add<Sink: TokenSink>(_ scalar: UInt32, to word: inout WordBuffer, into sink: inout Sink) -> Bool {
    let properties = ScalarProperties(scalar)
    if normalizer.cleansText {
      if scalar == 0xFFFD || properties.isControl { return true }
    }
    let isSeparated = normalizer.separatesIdeographs && properties.isIdeograph
    if isSeparated { word.flush(model, into: &sink) }
    var isReadable = true
    if !normalizer.stripsAccents {
      addFolded(scalar, properties, to: &word, into: &sink)
    } else if Hangul.isSyllable(scalar) {
      let (first, second, third) = Hangul.jamo(of: scalar)
      isReadable =
        addBare(first, to: &word, into: &sink) && addBare(second, to: &word, into: &sink)
        && (third == 0 || addBare(third, to: &word, into: &sink))
    } else if properties.hasCanonicalMapping {
      for part in ScalarMapping.canonical(of: scalar) {
        isReadable = addBare(part, to: &word, into: &sink) && isReadable
      }
    } else {
      isReadable = addBare(scalar, to: &word, into: &sink)
    }
    if isSeparated { word.flush(model, into: &sink) }
    return isReadable
  }

  /// Adds a decomposed scalar unless it is an accent; marks that stay could change places with their neighbours.
  private func addBare<Sink: TokenSink>(_ scalar: UInt32, to word: inout WordBuffer, into sink: inout Sink) -> Bool {
    let properties = ScalarProperties(scalar)
    if properties.isNonspacingMark { return true }
    guard properties.combiningClass == 0 else { return false }
    addFolded(scalar, properties, to: &word, into: &sink)
    return true
  }

  private func addFolded<Sink: TokenSink>(
    _ scalar: UInt32, _ properties: ScalarProperties, to word: inout WordBuffer, into sink: inout Sink
  ) {
    if normalizer.lowercases, properties.hasLowercase {
      for part in ScalarMapping.lowercase(of: scalar) {
        addNormal(part, ScalarProperties(part), to: &word, into: &sink)
      }
    } else {
      addNormal(scalar, properties, to: &word, into: &sink)
    }
  }

  private func addNormal<Sink: TokenSink>(
    _ scalar: UInt32, _ properties: ScalarProperties, to word: inout WordBuffer, into sink: inout Sink
  ) {
    if properties.isWhitespace {
      word.flush(model, into: &sink)
    } else if properties.isPunctuation {
      word.flush(model, into: &sink)
      word.add(scalar: scalar, limit: model.maximumScalars, Sink.self)
      word.flush(model, into: &sink)
    } else {
      word.add(scalar: scalar, limit: model.maximumScalars, Sink.self)
    }
  }
}
