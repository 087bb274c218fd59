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
  func scan(_ bytes: [UInt8], limit: Int, word: inout WordBuffer, into ids: inout [Int32]) -> Bool {
    let stop = limit > Int.max - ids.count ? Int.max : ids.count + limit
    word.clear()
    var index = 0
    while index < bytes.count, ids.count < stop {
      let byte = bytes[index]
      var kind = kinds[Int(byte)]
      if kind == .candidate {
        if let token = added.first(where: { Self.stands($0.bytes, in: bytes, at: index) }) {
          word.flush(model, into: &ids)
          ids.append(token.id)
          index += token.bytes.count
          continue
        }
        kind = plainKinds[Int(byte)]
      }
      switch kind {
      case .word:
        word.add(lowercase[Int(byte)], limit: model.maximumScalars)
        index += 1
      case .space:
        word.flush(model, into: &ids)
        index += 1
      case .punctuation:
        word.flush(model, into: &ids)
        word.add(byte, limit: model.maximumScalars)
        word.flush(model, into: &ids)
        index += 1
      case .dropped, .candidate: index += 1
      case .multibyte:
        let (scalar, length) = Self.scalar(bytes, at: index)
        index += length
        guard add(scalar, to: &word, into: &ids) else { return false }
      }
    }
    if ids.count < stop { word.flush(model, into: &ids) }
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

  private func add(_ scalar: UInt32, to word: inout WordBuffer, into ids: inout [Int32]) -> Bool {
    let properties = ScalarProperties(scalar)
    if normalizer.cleansText {
      if scalar == 0xFFFD || properties.isControl { return true }
    }
    let isSeparated = normalizer.separatesIdeographs && properties.isIdeograph
    if isSeparated { word.flush(model, into: &ids) }
    var isReadable = true
    if !normalizer.stripsAccents {
      addFolded(scalar, properties, to: &word, into: &ids)
    } else if Hangul.isSyllable(scalar) {
      let (first, second, third) = Hangul.jamo(of: scalar)
      isReadable =
        addBare(first, to: &word, into: &ids) && addBare(second, to: &word, into: &ids)
        && (third == 0 || addBare(third, to: &word, into: &ids))
    } else if properties.hasCanonicalMapping {
      for part in ScalarMapping.canonical(of: scalar) {
        isReadable = addBare(part, to: &word, into: &ids) && isReadable
      }
    } else {
      isReadable = addBare(scalar, to: &word, into: &ids)
    }
    if isSeparated { word.flush(model, into: &ids) }
    return isReadable
  }

  /// Adds a decomposed scalar unless it is an accent; marks that stay could change places with their neighbours.
  private func addBare(_ scalar: UInt32, to word: inout WordBuffer, into ids: inout [Int32]) -> Bool {
    let properties = ScalarProperties(scalar)
    if properties.isNonspacingMark { return true }
    guard properties.combiningClass == 0 else { return false }
    addFolded(scalar, properties, to: &word, into: &ids)
    return true
  }

  private func addFolded(
    _ scalar: UInt32, _ properties: ScalarProperties, to word: inout WordBuffer, into ids: inout [Int32]
  ) {
    if normalizer.lowercases, properties.hasLowercase {
      for part in ScalarMapping.lowercase(of: scalar) { addNormal(part, ScalarProperties(part), to: &word, into: &ids) }
    } else {
      addNormal(scalar, properties, to: &word, into: &ids)
    }
  }

  private func addNormal(
    _ scalar: UInt32, _ properties: ScalarProperties, to word: inout WordBuffer, into ids: inout [Int32]
  ) {
    if properties.isWhitespace {
      word.flush(model, into: &ids)
    } else if properties.isPunctuation {
      word.flush(model, into: &ids)
      word.add(scalar: scalar, limit: model.maximumScalars)
      word.flush(model, into: &ids)
    } else {
      word.add(scalar: scalar, limit: model.maximumScalars)
    }
  }
}

/// The word that is being read: its bytes, how many scalars they are, and their hash.
struct WordBuffer {
  private var bytes: [UInt8] = Array(repeating: 0, count: 512)
  private var length = 0
  private var scalars = 0
  private var hash = ByteHash()
  private var hashes: [ByteHash] = []
  private var scratch: [UInt8] = []

  mutating func clear() {
    length = 0
    scalars = 0
    hash = ByteHash()
  }

  /// Adds an ASCII character; beyond the limit they are only counted.
  @inline(__always)
  mutating func add(_ byte: UInt8, limit: Int) {
    scalars += 1
    if scalars <= limit { store(byte) }
  }

  mutating func add(scalar: UInt32, limit: Int) {
    scalars += 1
    guard scalars <= limit else { return }
    scratch.removeAll(keepingCapacity: true)
    scratch.appendUTF8(scalar)
    for byte in scratch { store(byte) }
  }

  @inline(__always)
  private mutating func store(_ byte: UInt8) {
    if length < bytes.count {
      bytes[length] = byte
    } else {
      bytes.append(byte)
    }
    length += 1
    hash.add(byte)
  }

  /// Ends the word, if there is one, and adds its ids.
  @inline(__always)
  mutating func flush(_ model: WordPiece, into ids: inout [Int32]) {
    guard scalars > 0 else { return }
    if scalars > model.maximumScalars {
      ids.append(model.unknown)
    } else {
      model.split(bytes, length, hash: hash, hashes: &hashes, into: &ids)
    }
    clear()
  }
}
