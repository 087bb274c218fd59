/// Byte pair encoding of a byte-level model on bytes themselves, without spelling them as characters.
struct ByteMerger: Sendable {
  /// The tokens of single bytes.
  private let symbols: [Int32]
  private let merges: MergeTable
  /// Short tokens that stay whole, by their bytes.
  private let words: WordTable
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
    var words = WordTable(capacity: model.vocabulary.count)
    var bytes: [UInt8] = []
    var buffer = MergeBuffer()
    for id in 0..<model.vocabulary.limit {
      bytes.removeAll(keepingCapacity: true)
      guard let name = model.vocabulary.bytes(id), ByteCharacters.decode(name, into: &bytes), !bytes.isEmpty else {
        continue
      }
      guard bytes.count <= ShortWord.longest else { continue }
      if !model.options.ignoresMerges {
        buffer.clear()
        for byte in bytes { buffer.append(symbols[Int(byte)], length: 1) }
        buffer.merge(model.merges)
        guard buffer.symbols.count == 1, buffer.symbols[0].id == Int32(truncatingIfNeeded: id) else { continue }
      }
      words.insert(ShortWord(bytes, bytes.indices), id: Int32(truncatingIfNeeded: id))
    }
    self.symbols = symbols
    self.merges = model.merges
    self.words = words
    vocabulary = model.options.ignoresMerges ? model.vocabulary : nil
  }

  /// Adds the tokens of one piece that is not empty.
  @inline(__always)
  func append<Sink: TokenSink>(
    _ bytes: [UInt8], _ piece: Range<Int>, _ vocabulary: Vocabulary, _ places: inout ScalarPlaces, word: Int,
    _ buffer: inout MergeBuffer, into sink: inout Sink
  ) {
    if piece.count <= ShortWord.longest {
      let id = words.find(ShortWord(bytes, piece))
      if id >= 0 {
        sink.add(id, vocabulary.name(id), places.range(bytes, piece), word: word)
        return
      }
      let word = ShortWord(bytes, piece)
      if !buffer.load(word) {
        merge(bytes, piece, &buffer)
        buffer.store(word)
      }
    } else {
      merge(bytes, piece, &buffer)
    }
    var start = piece.lowerBound
    for symbol in buffer.symbols {
      let end = start + Int(symbol.length)
      sink.add(symbol.id, vocabulary.name(symbol.id), places.range(bytes, start..<end), word: word)
      start = end
    }
  }

  private func merge(_ bytes: [UInt8], _ piece: Range<Int>, _ buffer: inout MergeBuffer) {
    buffer.clear()
    if let vocabulary, piece.count > ShortWord.longest, piece.count <= vocabulary.longest {
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
