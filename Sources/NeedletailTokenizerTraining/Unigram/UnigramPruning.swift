internal import NeedletailTokenizers

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Drops the pieces without which the text loses the least of its likelihood.
///
/// What a piece is worth is an estimate: wherever it stands on the best path of a word, its own best path without
/// itself would take its place.
struct UnigramPruning: Sendable {
  let corpus: WordCorpus
  /// None of them dropped.
  let pieces: UnigramPieces
  let loss: UnigramTrainerOptions.PruningLoss
  let threads: Int

  /// At most `size` pieces, unless more have no alternative: those first, then the others from the most needed on.
  func pruned(to size: Int) async throws -> UnigramPieces {
    let solver = BestPath(trie: pieces.trie(), scores: pieces.scores, unknownScore: pieces.unknownScore)
    let alternatives = try await alternatives(solver)
    let frequencies = try await frequencies(solver)
    let words = corpus.counts.reduce(0, +)
    let sum = frequencies.reduce(0, +)
    let logSum = log(sum)
    var kept = [0]
    var candidates: [(id: Int, loss: Double)] = []
    for id in 1..<pieces.count {
      let frequency = frequencies[id]
      if frequency == 0, alternatives.isSplit(id) { continue }
      let others = alternatives[id]
      if others.isEmpty {
        kept.append(id)
        continue
      }
      if frequency == 0 { continue }
      let own = log(frequency) - logSum
      let newLogSum = log(sum + frequency * Double((loss == .reference ? pieces.count : others.count) - 1))
      var other = 0.0
      for part in others { other += log(frequencies[Int(part)] + frequency) - newLogSum }
      candidates.append((id, frequency / words * (own - other)))
    }
    candidates.sort { ($1.loss, $0.id) < ($0.loss, $1.id) }
    kept += candidates.prefix(max(size - kept.count, 0)).map(\.id)
    return pieces.selecting(kept)
  }

  /// What each piece would be made of without itself.
  private struct Alternatives {
    private var parts: [Int32] = []
    private var ends: [Int] = [0]
    private var split: [Bool] = [false]

    subscript(id: Int) -> ArraySlice<Int32> { parts[(id == 0 ? 0 : ends[id - 1])..<ends[id]] }

    /// Whether its best path is not the piece itself.
    func isSplit(_ id: Int) -> Bool { split[id] }

    mutating func append(_ other: (parts: [Int32], ends: [Int], split: [Bool])) {
      let before = parts.count
      parts += other.parts
      ends += other.ends.map { $0 + before }
      split += other.split
    }
  }

  private func alternatives(_ solver: BestPath) async throws -> Alternatives {
    var result = Alternatives()
    let pieces = pieces
    let portions = stride(from: 1, to: pieces.count, by: 8192).map { $0..<min($0 + 8192, pieces.count) }
    try await OrderedPortions(threads: threads).run(portions) { ids in
      var solver = solver
      var part: (parts: [Int32], ends: [Int], split: [Bool]) = ([], [], [])
      for id in ids {
        let bytes = pieces.bytes(id)
        let word = Array(bytes)
        var isSplit = false
        if word.count > scalarLength(word[0]) {
          let score = solver.solve(word, word.indices, without: Int32(id))
          if pieces.scores[id] > score { part.parts += solver.path.reversed() } else { isSplit = true }
        }
        part.ends.append(part.parts.count)
        part.split.append(isSplit)
      }
      return part
    } reduce: {
      result.append($0)
    }
    return result
  }

  /// How often each piece stands on the best paths of the text.
  private func frequencies(_ solver: BestPath) async throws -> [Double] {
    var result = [Double](repeating: 0, count: pieces.count)
    let corpus = corpus
    let count = pieces.count
    try await OrderedPortions(threads: threads).run(corpus.portions) { words in
      var solver = solver
      var frequencies = [Double](repeating: 0, count: count)
      for word in words {
        _ = solver.solve(corpus.bytes, corpus.range(word), without: -1)
        for id in solver.path { frequencies[Int(id)] += corpus.counts[word] }
      }
      return frequencies
    } reduce: { (part: [Double]) in
      for id in result.indices { result[id] += part[id] }
    }
    return result
  }
}

/// Viterbi's algorithm over the pieces of a training; of equal paths the one whose last piece is the longest wins.
struct BestPath: Sendable {
  private struct Node {
    var score = 0.0
    var start: Int32 = -1
    var id: Int32 = 0
  }

  let trie: ByteTrie
  let scores: [Double]
  let unknownScore: Double
  private var nodes: [Node] = []
  /// The pieces of the path, last first; 0 is a character that no piece covers.
  private(set) var path: [Int32] = []

  init(trie: ByteTrie, scores: [Double], unknownScore: Double) {
    self.trie = trie
    self.scores = scores
    self.unknownScore = unknownScore
  }

  /// Finds the best path of a word and returns its score.
  ///
  /// - Parameter excluded: A piece that is not used.
  mutating func solve(_ bytes: [UInt8], _ word: Range<Int>, without excluded: Int32) -> Double {
    let length = word.count
    if nodes.count <= length { nodes = Array(repeating: Node(), count: length * 2) }
    for position in 0...length { nodes[position].start = -1 }
    nodes[0].score = 0
    var start = 0
    while start < length {
      let before = nodes[start].score
      let first = scalarLength(bytes[word.lowerBound + start])
      var hasSingle = false
      var unit = 0
      var end = start
      while end < length, let id = trie.step(&unit, by: bytes[word.lowerBound + end]) {
        end += 1
        guard id >= 0, id != excluded else { continue }
        offer(end, before + scores[Int(id)], start, id)
        if end - start == first { hasSingle = true }
      }
      if !hasSingle { offer(start + first, before + unknownScore, start, 0) }
      start += first
    }
    path.removeAll(keepingCapacity: true)
    var end = length
    while end > 0 {
      path.append(nodes[end].id)
      end = Int(nodes[end].start)
    }
    return nodes[length].score
  }

  @inline(__always)
  private mutating func offer(_ end: Int, _ score: Double, _ start: Int, _ id: Int32) {
    if nodes[end].start < 0 || score > nodes[end].score {
      nodes[end] = Node(score: score, start: Int32(truncatingIfNeeded: start), id: id)
    }
  }
}
