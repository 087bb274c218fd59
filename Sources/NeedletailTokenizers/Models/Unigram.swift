/// The most probable way to write a piece as tokens (Kudo 2018, doi:10.18653/v1/P18-1007), found by Viterbi's algorithm.
package struct Unigram: Sendable {
  let vocabulary: Vocabulary
  /// Whether runs that no token covers are written byte by byte.
  let fallsBackToBytes: Bool
  let unknown: Int32
  private let scores: [Double]
  package let unknownScore: Double
  private let trie: ByteTrie
  private let byteIDs: [Int32]
  private let isNative: Bool

  /// A character without a token costs this much more than the worst token.
  private static let unknownPenalty = 10.0

  /// - Parameters:
  ///   - scores: A logarithm of the probability of each id; finite.
  ///   - unknown: An id of the vocabulary.
  init(vocabulary: Vocabulary, scores: [Double], unknown: Int32, fallsBackToBytes: Bool) {
    self.vocabulary = vocabulary
    self.scores = scores
    self.unknown = unknown
    self.fallsBackToBytes = fallsBackToBytes
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    // Of a token that stands twice the last one is found.
    trie = vocabulary.trie(of: { id in vocabulary.bytes(id).flatMap(vocabulary.id) == id })
    byteIDs = fallsBackToBytes ? BytePieces.ids(in: vocabulary) : []
    isNative = false
  }

  /// A model that counts as SentencePiece itself does: the score of a path in single precision, unknown characters one
  /// by one.
  ///
  /// - Parameters:
  ///   - unknownScore: What a character without a token costs.
  ///   - trie: The tokens that may be found in texts.
  init(
    vocabulary: Vocabulary, scores: [Double], unknown: Int32, fallsBackToBytes: Bool, native unknownScore: Float,
    trie: ByteTrie
  ) {
    self.vocabulary = vocabulary
    self.scores = scores
    self.unknown = unknown
    self.fallsBackToBytes = fallsBackToBytes
    self.unknownScore = Double(unknownScore)
    self.trie = trie
    byteIDs = fallsBackToBytes ? BytePieces.ids(in: vocabulary) : []
    isNative = true
  }

  /// Adds the tokens of one piece, given as scalars; the ranges count from its start.
  func tokenize(_ piece: ArraySlice<UInt32>, _ lattice: inout UnigramLattice, into tokens: inout [ModelToken]) {
    lattice.bytes.removeAll(keepingCapacity: true)
    for scalar in piece {
      if scalar < 0x80 {
        lattice.bytes.append(UInt8(truncatingIfNeeded: scalar))
      } else {
        lattice.bytes.appendUTF8(scalar)
      }
    }
    solve(&lattice)
    var start = 0
    var scalar = 0
    for index in lattice.path.indices.reversed() {
      let end = Int(lattice.path[index].end)
      var scalarEnd = scalar
      for byte in start..<end where lattice.bytes[byte] & 0xC0 != 0x80 { scalarEnd += 1 }
      let id = lattice.path[index].id
      if id != unknown {
        tokens.append(ModelToken(id: id, range: scalar..<scalarEnd))
      } else if !isNative, let known = vocabulary.id(lattice.bytes[start..<end]) {
        tokens.append(ModelToken(id: Int32(truncatingIfNeeded: known), range: scalar..<scalarEnd))
      } else if canSpell(lattice.bytes, start..<end) {
        for byte in start..<end {
          tokens.append(ModelToken(id: byteIDs[Int(lattice.bytes[byte])], range: scalar..<scalarEnd))
        }
      } else {
        tokens.append(ModelToken(id: unknown, range: scalar..<scalarEnd, showsText: true))
      }
      start = end
      scalar = scalarEnd
    }
  }

  /// Adds the tokens of the piece that the lattice of `room` holds.
  func appendTokens<Sink: TokenSink>(_ room: inout SentencePieceRoom, into sink: inout Sink) {
    solve(&room.lattice)
    var start = 0
    for index in room.lattice.path.indices.reversed() {
      let end = Int(room.lattice.path[index].end)
      let id = room.lattice.path[index].id
      if id != unknown {
        sink.add(id, vocabulary.name(id), room.places.original(start..<end), word: room.word)
      } else {
        appendUnknown(start..<end, room, into: &sink)
      }
      start = end
    }
  }

  /// The score of the worst token.
  package var worstScore: Double { scores.min() ?? 0 }

  /// Calls `body` with the end and the score of each token that the bytes have at `start`, the shortest first.
  package func forEachToken(_ bytes: [UInt8], from start: Int, _ body: (_ end: Int, _ score: Double) -> Void) {
    var unit = 0
    var end = start
    while end < bytes.count, let id = trie.step(&unit, by: bytes[end]) {
      end += 1
      if id >= 0 { body(end, scores[Int(id)]) }
    }
  }

  private func appendUnknown<Sink: TokenSink>(
    _ range: Range<Int>, _ room: borrowing SentencePieceRoom, into sink: inout Sink
  ) {
    if !isNative, let known = vocabulary.id(room.lattice.bytes[range]) {
      let known = Int32(truncatingIfNeeded: known)
      sink.add(known, vocabulary.name(known), room.places.original(range), word: room.word)
    } else if canSpell(room.lattice.bytes, range) {
      for byte in range {
        let id = byteIDs[Int(room.lattice.bytes[byte])]
        sink.add(id, vocabulary.name(id), room.places.original(range), word: room.word)
      }
    } else {
      sink.add(
        unknown, String(decoding: room.lattice.bytes[range], as: UTF8.self), room.places.original(range),
        word: room.word)
    }
  }

  private func canSpell(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    guard fallsBackToBytes else { return false }
    for index in range where byteIDs[Int(bytes[index])] < 0 { return false }
    return true
  }

  /// Finds the best path; neighbouring unknowns become one.
  private func solve(_ lattice: inout UnigramLattice) {
    let count = lattice.bytes.count
    lattice.prepare(count)
    var start = 0
    while start < count {
      let before = lattice.nodes[start].score
      let length = scalarLength(lattice.bytes[start])
      var hasSingle = false
      var unit = 0
      var end = start
      while end < count, let id = trie.step(&unit, by: lattice.bytes[end]) {
        end += 1
        guard id >= 0 else { continue }
        let score = before + scores[Int(id)]
        lattice.offer(end, isNative ? Double(Float(score)) : score, from: start, id: id)
        if end - start == length { hasSingle = true }
      }
      if !hasSingle {
        let score = isNative ? Double(Float(before + unknownScore)) : before + unknownScore
        lattice.offer(start + length, score, from: start, id: unknown)
      }
      start += length
    }
    lattice.trace(unknown: unknown, joins: !(isNative && fallsBackToBytes))
  }
}

/// The room that Viterbi's algorithm needs, kept between pieces.
struct UnigramLattice {
  struct Node {
    /// The score of the best path that ends here.
    var score: Double
    /// Where its last token starts, −1 where no path ends.
    var start: Int32
    var id: Int32
  }

  /// The piece in well-formed UTF-8.
  var bytes: [UInt8] = []
  /// One node for each position of the piece.
  fileprivate(set) var nodes: [Node] = []
  /// The tokens of the best path, last first.
  fileprivate(set) var path: [(end: Int32, id: Int32)] = []

  fileprivate mutating func prepare(_ count: Int) {
    path.removeAll(keepingCapacity: true)
    while nodes.count <= count { nodes.append(Node(score: 0, start: -1, id: 0)) }
    for index in 0...count { nodes[index].start = -1 }
    nodes[0].score = 0
  }

  @inline(__always)
  fileprivate mutating func offer(_ end: Int, _ score: Double, from start: Int, id: Int32) {
    if nodes[end].start < 0 || score > nodes[end].score {
      nodes[end] = Node(score: score, start: Int32(truncatingIfNeeded: start), id: id)
    }
  }

  fileprivate mutating func trace(unknown: Int32, joins: Bool) {
    var end = Int32(truncatingIfNeeded: bytes.count)
    while end > 0 {
      let node = nodes[Int(end)]
      if node.id != unknown || !joins || path.last?.id != unknown { path.append((end, node.id)) }
      end = node.start
    }
  }
}
