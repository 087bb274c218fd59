/// Byte pair encoding of a byte-level model on bytes themselves, without spelling them as characters.
struct ByteMerger: Sendable {
  /// The tokens of single bytes.
  private let symbols: [Int32]
  private let merges: MergeTable
  /// Short tokens that stay whole, by their bytes.
  private let words = WholeWords()
  private let model: BPE
  /// All tokens by name, where merges are ignored.
  private let vocabulary: Vocabulary?

  /// `nil` where not every byte has a token, or characters are changed before they are merged.
  init?(_ model: BPE) {
    guard model.options.prefix.isEmpty, model.options.suffix.isEmpty else { return nil }
    var symbols: [Int32] = []
    for scalar in ByteCharacters.scalars {
      var name: [UInt8] = []
      name.appendUTF8(scalar)
      guard let id = model.vocabulary.id(name) else { return nil }
      symbols.append(Int32(truncatingIfNeeded: id))
    }
    self.symbols = symbols
    self.merges = model.merges
    self.model = model
    vocabulary = model.options.ignoresMerges ? model.vocabulary : nil
  }

  /// The table of short tokens that stay whole, which is made once so much is read that it pays.
  ///
  /// - Parameter bytesRead: How much the caller has read so far.
  func wholeWords(bytesRead: Int) -> WordTable? {
    words.table(makes: bytesRead >= WholeWords.threshold) {
      var words = WordTable(capacity: model.vocabulary.count)
      var bytes: [UInt8] = []
      var buffer = MergeBuffer()
      for id in 0..<model.vocabulary.limit {
        bytes.removeAll(keepingCapacity: true)
        guard let name = model.vocabulary.bytes(id), ByteCharacters.decode(name, into: &bytes), !bytes.isEmpty,
          bytes.count <= ShortWord.longest
        else { continue }
        if !model.options.ignoresMerges {
          buffer.clear()
          for byte in bytes { buffer.append(symbols[Int(byte)], length: 1) }
          buffer.merge(merges)
          guard buffer.symbols.count == 1, buffer.symbols[0].id == Int32(truncatingIfNeeded: id) else { continue }
        }
        words.insert(ShortWord(bytes, bytes.indices), id: Int32(truncatingIfNeeded: id))
      }
      return words
    }
  }

  /// Adds the tokens of one piece that is not empty.
  @inline(__always)
  func append<Sink: TokenSink>(
    _ bytes: [UInt8], _ piece: Range<Int>, _ words: WordTable?, _ vocabulary: Vocabulary, _ places: inout ScalarPlaces,
    word: Int, _ buffer: inout MergeBuffer, into sink: inout Sink
  ) {
    if piece.count <= ShortWord.longest {
      let short = ShortWord(bytes, piece)
      if let words {
        let id = words.find(short)
        if id >= 0 {
          sink.add(id, vocabulary.name(id), places.range(bytes, piece), word: word)
          return
        }
      }
      if !buffer.load(short) {
        merge(bytes, piece, isNew: words == nil, &buffer)
        buffer.store(short)
      }
    } else {
      merge(bytes, piece, isNew: true, &buffer)
    }
    var start = piece.lowerBound
    for symbol in buffer.symbols {
      let end = start + Int(symbol.length)
      sink.add(symbol.id, vocabulary.name(symbol.id), places.range(bytes, start..<end), word: word)
      start = end
    }
  }

  /// - Parameter isNew: Whether the piece has not been looked for among the tokens yet.
  private func merge(_ bytes: [UInt8], _ piece: Range<Int>, isNew: Bool, _ buffer: inout MergeBuffer) {
    buffer.clear()
    if let vocabulary, isNew, piece.count <= vocabulary.longest {
      var name: [UInt8] = []
      for index in piece { name.appendUTF8(ByteCharacters.scalars[Int(bytes[index])]) }
      if let id = vocabulary.id(name) {
        buffer.append(Int32(truncatingIfNeeded: id), length: piece.count)
        return
      }
    }
    for index in piece { buffer.append(symbols[Int(bytes[index])], length: 1) }
    buffer.merge(merges)
  }
}
