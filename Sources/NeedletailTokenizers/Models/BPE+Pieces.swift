extension BPE {
  /// Adds the tokens of the piece that the lattice of `room` holds; without prefix and suffix.
  func appendTokens<Sink: TokenSink>(
    _ alphabet: BPEAlphabet, _ room: inout SentencePieceRoom, into sink: inout Sink
  ) {
    if room.lattice.bytes.count <= ShortWord.longest {
      let word = ShortWord(room.lattice.bytes, room.lattice.bytes.indices)
      if !room.buffer.load(word) {
        addSymbols(alphabet, &room)
        room.buffer.merge(merges)
        room.buffer.store(word)
      }
    } else {
      addSymbols(alphabet, &room)
      room.buffer.merge(merges)
    }
    var start = 0
    for symbol in room.buffer.symbols {
      let end = start + Int(symbol.length)
      sink.add(symbol.id, vocabulary.name(symbol.id), room.places.original(start..<end), word: room.word)
      start = end
    }
  }

  /// The characters of the piece as symbols, as ``tokenize(_:into:)`` begins.
  private func addSymbols(_ alphabet: BPEAlphabet, _ room: inout SentencePieceRoom) {
    room.buffer.clear()
    var unknownLength = 0
    var index = 0
    let count = room.lattice.bytes.count
    while index < count {
      let (scalar, length) = room.lattice.bytes.scalar(at: index)
      let id = alphabet.id(scalar, isFirst: index == 0, isLast: index + length == count, self, &room.character)
      if id >= 0 {
        if unknownLength > 0, let unknown = options.unknown { room.buffer.append(unknown, length: unknownLength) }
        unknownLength = 0
        room.buffer.append(id, length: length)
      } else if let tokens = options.byteTokens, spells(room.lattice.bytes, index..<(index + length), tokens) {
        // Unknown characters on the left stay pending, as in the reference library.
        for byte in index..<(index + length) {
          room.buffer.append(tokens[Int(room.lattice.bytes[byte])], length: 1)
        }
      } else if let unknown = options.unknown {
        if !options.fusesUnknown, unknownLength > 0 {
          room.buffer.append(unknown, length: unknownLength)
          unknownLength = 0
        }
        unknownLength += length
      }
      index += length
    }
    if unknownLength > 0, let unknown = options.unknown { room.buffer.append(unknown, length: unknownLength) }
  }

  private func spells(_ bytes: [UInt8], _ range: Range<Int>, _ tokens: [Int32]) -> Bool {
    for index in range where tokens[Int(bytes[index])] < 0 { return false }
    return true
  }
}
