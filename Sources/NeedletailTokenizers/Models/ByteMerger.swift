/// Byte pair encoding of a byte-level model on bytes themselves, without spelling them as characters.
struct ByteMerger: Sendable {
  /// The tokens of single bytes.
  private let symbols: [Int32]
  private let merges: MergeTable
  /// Short tokens that stay whole, by their bytes.
  private let words: WordTable
  /// All tokens by name, where merges are ignored.
  private let vocabulary: Vocabulary?
  /// How many bytes of text each token stands for; 0 for tokens that are not spelled in bytes.
  let lengths: [Int32]

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
    var lengths: [Int32] = []
    lengths.reserveCapacity(model.vocabulary.limit)
    var bytes: [UInt8] = []
    var buffer = MergeBuffer()
    for id in 0..<model.vocabulary.limit {
      bytes.removeAll(keepingCapacity: true)
      guard let name = model.vocabulary.bytes(id), ByteCharacters.decode(name, into: &bytes), !bytes.isEmpty else {
        lengths.append(0)
        continue
      }
      lengths.append(Int32(truncatingIfNeeded: bytes.count))
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
    self.lengths = lengths
    vocabulary = model.options.ignoresMerges ? model.vocabulary : nil
  }

  /// Adds the ids of one piece that is not empty.
  @inline(__always)
  func append(_ bytes: [UInt8], _ piece: Range<Int>, _ buffer: inout MergeBuffer, into ids: inout [Int32]) {
    if piece.count <= ShortWord.longest {
      let id = words.find(ShortWord(bytes, piece))
      if id >= 0 {
        ids.append(id)
        return
      }
    }
    merge(bytes, piece, &buffer, into: &ids)
  }

  private func merge(_ bytes: [UInt8], _ piece: Range<Int>, _ buffer: inout MergeBuffer, into ids: inout [Int32]) {
    if let vocabulary, piece.count > ShortWord.longest, piece.count <= vocabulary.longest {
      var name: [UInt8] = []
      for index in piece { name.appendUTF8(ByteCharacters.scalars[Int(bytes[index])]) }
      if let id = vocabulary.id(name) {
        ids.append(Int32(truncatingIfNeeded: id))
        return
      }
    }
    buffer.clear()
    for index in piece { buffer.append(symbols[Int(bytes[index])], length: 1) }
    buffer.merge(merges)
    for symbol in buffer.symbols { ids.append(symbol.id) }
  }
}
