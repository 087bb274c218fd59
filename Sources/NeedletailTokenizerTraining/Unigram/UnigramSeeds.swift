internal import NeedletailTokenizers

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The candidates that a training starts from: all characters, and the repeated stretches with the largest product of
/// length and number of places.
struct UnigramSeeds {
  private let options: UnigramTrainerOptions

  init(_ options: UnigramTrainerOptions) { self.options = options }

  func pieces(of corpus: WordCorpus) throws(TokenizerError) -> UnigramPieces {
    let characters = corpus.scalarCounts().filter { $0.scalar != 0 }
      .sorted { ($1.count, $1.scalar) < ($0.count, $0.scalar) }
    let alphabet = characters.map(\.scalar).sorted()
    let text = symbols(of: corpus, alphabet)
    let array = SuffixArray.positions(text, alphabet: alphabet.count + 2)
    let longest = options.maximumPieceLength
    var stretches = SuffixArray.repeatedStretches(text, array) { start, length in
      (2...max(longest, 2)).contains(length) && length <= longest
        && !text[start..<(start + length)].contains { $0 < 2 }
    }
    // Stretches of one score: the last in the order of the alphabet comes first.
    stretches.sort { one, other in
      let (first, second) = (Int(one.frequency) * Int(one.length), Int(other.frequency) * Int(other.length))
      return (second, other.rank, other.length) < (first, one.rank, one.length)
    }
    let room = max(options.seedSize - characters.count, 1)
    if stretches.count > room { stretches.removeLast(stretches.count - room) }

    var arena: [UInt8] = []
    var ranges: [Range<Int>] = [0..<0]
    var weights: [Double] = []
    for (scalar, count) in characters {
      let start = arena.count
      arena.appendUTF8(scalar)
      ranges.append(start..<arena.count)
      weights.append(Double(count))
    }
    for stretch in stretches {
      let start = arena.count
      let first = Int(array[Int(stretch.rank)])
      for symbol in text[first..<(first + Int(stretch.length))] { arena.appendUTF8(alphabet[Int(symbol) - 2]) }
      ranges.append(start..<arena.count)
      weights.append(Double(Int(stretch.frequency) * Int(stretch.length)))
    }
    let total = log(weights.reduce(0, +))
    return UnigramPieces(arena: arena, ranges: ranges, scores: [-.infinity] + weights.map { log($0) - total })
  }

  /// The words one after the other, a 1 after each and a 0 at the end; scalars count from 2 in their order.
  private func symbols(of corpus: WordCorpus, _ alphabet: [UInt32]) -> [Int32] {
    var symbols: [UInt32: Int32] = [0: 1]
    for (index, scalar) in alphabet.enumerated() { symbols[scalar] = Int32(index + 2) }
    var text: [Int32] = []
    text.reserveCapacity(corpus.bytes.count + corpus.ends.count + 1)
    for word in corpus.ends.indices {
      for scalar in String(decoding: corpus.bytes[corpus.range(word)], as: UTF8.self).unicodeScalars {
        text.append(symbols[scalar.value] ?? 1)
      }
      text.append(1)
    }
    text.append(0)
    return text
  }
}
