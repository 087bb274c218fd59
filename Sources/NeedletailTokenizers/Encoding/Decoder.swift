/// The last stage, on the way back: how tokens become text.
indirect enum Decoder: Sendable {
  /// Tokens that begin with the prefix lose it, others get a space before them; optionally mends English punctuation.
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  /// Joins with spaces.
  case spaces
  /// Every character of the visible alphabet is a byte; ill-formed UTF-8 becomes U+FFFD.
  case byteLevel
  case metaspace(Metaspace)
  /// Every occurrence of a string that is not empty.
  case replace(pattern: [UInt8], content: [UInt8])
  /// Every match of a regular expression.
  case replaceRegex(Regex, content: [UInt8])
  /// Makes one token of all.
  case fuse
  /// Takes a scalar away at the ends of every token, at most so many times.
  case strip(content: [UInt8], start: Int, stop: Int)
  /// Makes text of tokens like `<0x61>`.
  case byteFallback
  /// Joins repeated tokens and drops blanks, for models that read sounds.
  case ctc(padding: [UInt8], delimiter: [UInt8], cleansUp: Bool)
  /// Makes spaces of the ends of words.
  case suffix([UInt8])
  case sentencePiece(SentencePieceDecoder)
  /// A token of one scalar up to U+00FF is a byte; bytes that are not UTF-8 are left out.
  case latinBytes
  case sequence([Decoder])

  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  func text(_ tokens: [ArraySlice<UInt8>]) throws(TokenizerError) -> String {
    String(decoding: try chain(tokens.map(Array.init)).joined(), as: UTF8.self)
  }

  /// What becomes of the tokens, to be joined without anything between them.
  private func chain(_ tokens: [[UInt8]]) throws(TokenizerError) -> [[UInt8]] {
    switch self {
    case .replaceRegex(let regex, let content):
      var result: [[UInt8]] = []
      for token in tokens { result.append(try Self.replacing(regex, with: content, in: token)) }
      return result
    case .sequence(let decoders):
      var result = tokens
      for decoder in decoders { result = try decoder.chain(result) }
      return result
    default: return plainly(tokens)
    }
  }

  /// The same for what needs no regular expression.
  private func plainly(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .spaces: tokens.enumerated().map { $0 > 0 ? [0x20] + $1 : $1 }
    case .wordPiece(let prefix, let cleansUp):
      tokens.enumerated().map { index, token in
        let piece =
          index == 0 ? token : token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token
        return cleansUp ? Self.cleaned(piece) : piece
      }
    case .byteLevel: [Self.bytes(tokens)]
    case .metaspace(let metaspace):
      tokens.enumerated().map {
        $1.replacing(metaspace.bytes, with: $0 == 0 && metaspace.scheme != .never ? [] : [0x20])
      }
    case .replace(let pattern, let content): tokens.map { $0.replacing(pattern, with: content) }
    case .fuse: [Array(tokens.joined())]
    case .strip(let content, let start, let stop): tokens.map { $0.stripped(of: content, start: start, stop: stop) }
    case .byteFallback: Self.joiningBytes(tokens)
    case .ctc(let padding, let delimiter, let cleansUp):
      Self.joiningRepeats(tokens).map { token in
        let piece = token.replacing(padding, with: [])
        return cleansUp ? Self.cleaned(piece).replacing(delimiter, with: [0x20]) : piece
      }.filter { !$0.isEmpty }
    case .suffix(let suffix):
      tokens.enumerated().map { $1.replacing(suffix, with: $0 == tokens.count - 1 ? [] : [0x20]) }
    case .sentencePiece(let decoder): [decoder.text(tokens)]
    case .latinBytes: [Self.wellFormed(tokens.flatMap(Self.latin))]
    case .replaceRegex, .sequence: tokens
    }
  }

  private static func replacing(
    _ regex: Regex, with content: [UInt8], in token: [UInt8]
  ) throws(TokenizerError) -> [UInt8] {
    let scalars = String(decoding: token, as: UTF8.self).unicodeScalars.map(\.value)
    var result: [UInt8] = []
    var position = 0
    for match in try regex.matches(in: scalars[...]) {
      for scalar in scalars[position..<match.lowerBound] { result.appendUTF8(scalar) }
      result += content
      position = match.upperBound
    }
    for scalar in scalars[position...] { result.appendUTF8(scalar) }
    return result
  }

  private static func bytes(_ tokens: [[UInt8]]) -> [UInt8] {
    var result: [UInt8] = []
    for token in tokens where !ByteCharacters.decode(token[...], into: &result) { result += token }
    return Array(String(decoding: result, as: UTF8.self).utf8)
  }

  private static func latin(_ token: [UInt8]) -> [UInt8] {
    switch token.count {
    case 1: token
    case 2 where token[0] & 0xFC == 0xC0: [token[0] << 6 | token[1] & 0x3F]
    default: token
    }
  }

  private static func wellFormed(_ bytes: [UInt8]) -> [UInt8] {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var result: [UInt8] = []
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let scalar): result += Array(scalar)
      case .error: continue
      case .emptyInput: return result
      }
    }
  }

  private static func joiningRepeats(_ tokens: [[UInt8]]) -> [[UInt8]] {
    tokens.enumerated().filter { $0 == 0 || tokens[$0 - 1] != $1 }.map(\.element)
  }

  /// Each run of byte tokens becomes its text, or one U+FFFD a byte where it is not UTF-8.
  private static func joiningBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var run: [UInt8] = []
    func flush() {
      guard !run.isEmpty else { return }
      if String(validating: run, as: UTF8.self) != nil {
        result.append(run)
      } else {
        result += repeatElement([0xEF, 0xBF, 0xBD], count: run.count)
      }
      run = []
    }
    for token in tokens {
      if let byte = BytePieces.byte(of: token) {
        run.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  private static let repairs: [([UInt8], [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.utf8), Array($1.utf8)) }

  private static func cleaned(_ piece: [UInt8]) -> [UInt8] {
    repairs.reduce(piece) { $0.replacing($1.0, with: $1.1) }
  }
}

extension [UInt8] {
  /// Every occurrence of a pattern replaced, from the left; an empty pattern stands before and after every scalar.
  fileprivate func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var index = 0
    while index < count {
      if pattern.isEmpty {
        if self[index] & 0xC0 != 0x80 { result += content }
      } else if self[index...].starts(with: pattern) {
        result += content
        index += pattern.count
        continue
      }
      result.append(self[index])
      index += 1
    }
    return pattern.isEmpty ? result + content : result
  }

  /// At most so many times a scalar taken away at the start, and at the end of what is left.
  fileprivate func stripped(of content: [UInt8], start: Int, stop: Int) -> [UInt8] {
    var rest = self[...]
    var cut = 0
    while cut < start, rest.starts(with: content) {
      rest.removeFirst(content.count)
      cut += 1
    }
    cut = 0
    while cut < stop, rest.suffix(content.count).elementsEqual(content) {
      rest.removeLast(content.count)
      cut += 1
    }
    return Array(rest)
  }
}
