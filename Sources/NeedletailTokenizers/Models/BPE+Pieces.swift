extension BPE {
  /// Adds the tokens of the piece that the lattice of `room` holds; without prefix and suffix.
  func appendTokens<Sink: TokenSink>(
    _ alphabet: BPEAlphabet, _ room: inout SentencePieceRoom, into sink: inout Sink
  ) {
    merge(room.lattice.bytes, alphabet, &room.character, in: &room.buffer)
    var start = 0
    for symbol in room.buffer.symbols {
      let end = start + Int(symbol.length)
      sink.add(symbol.id, vocabulary.name(symbol.id), room.places.original(start..<end), word: room.word)
      start = end
    }
  }

  /// Merges a piece in well-formed UTF-8; short ones that came before are remembered.
  ///
  /// - Parameters:
  ///   - alphabet: That of this model, which is plain.
  ///   - character: Room for the spelling of a character.
  func merge(
    _ bytes: [UInt8], _ alphabet: BPEAlphabet, _ character: inout [UInt8], in buffer: inout MergeBuffer
  ) {
    guard bytes.count <= ShortWord.longest else {
      addSymbols(bytes, alphabet, &character, to: &buffer)
      buffer.merge(merges)
      return
    }
    let word = ShortWord(bytes, bytes.indices)
    if buffer.load(word) { return }
    addSymbols(bytes, alphabet, &character, to: &buffer)
    buffer.merge(merges)
    buffer.store(word)
  }

  /// The characters of the piece as symbols, as ``tokenize(_:_:into:)`` begins.
  private func addSymbols(
    _ bytes: [UInt8], _ alphabet: BPEAlphabet, _ character: inout [UInt8], to buffer: inout MergeBuffer
  ) {
    buffer.clear()
    var unknownLength = 0
    var index = 0
    let count = bytes.count
    while index < count {
      let (scalar, length) = bytes.scalar(at: index)
      let id = alphabet.id(scalar, isFirst: index == 0, isLast: index + length == count, self, &character)
      if id >= 0 {
        if unknownLength > 0, let unknown = options.unknown { buffer.append(unknown, length: unknownLength) }
        unknownLength = 0
        buffer.append(id, length: length)
      } else if let tokens = options.byteTokens, spells(bytes, index..<(index + length), tokens) {
        // Unknown characters on the left stay pending, as in the reference library.
        for byte in index..<(index + length) { buffer.append(tokens[Int(bytes[byte])], length: 1) }
      } else if let unknown = options.unknown {
        if !options.fusesUnknown, unknownLength > 0 {
          buffer.append(unknown, length: unknownLength)
          unknownLength = 0
        }
        unknownLength += length
      }
      index += length
    }
    if unknownLength > 0, let unknown = options.unknown { buffer.append(unknown, length: unknownLength) }
  }

  private func spells(_ bytes: [UInt8], _ range: Range<Int>, _ tokens: [Int32]) -> Bool {
    for index in range where tokens[Int(bytes[index])] < 0 { return false }
    return true
  }
}
