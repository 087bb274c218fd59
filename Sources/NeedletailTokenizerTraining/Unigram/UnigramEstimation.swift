internal import NeedletailTokenizers

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// One step of expectation maximization: how often each piece is expected in the text, and what probability follows.
struct UnigramEstimation: Sendable {
  let corpus: WordCorpus
  let trie: ByteTrie
  let threads: Int

  /// Pieces that are expected more rarely are dropped.
  private static let rarest = 0.5

  func improved(_ pieces: UnigramPieces) async throws -> UnigramPieces {
    let probabilities = pieces.scores.map { exp($0) }
    let unknown = exp(pieces.unknownScore)
    let longest = (1..<max(pieces.count, 1)).reduce(4) { max($0, pieces.bytes($1).count) }
    var expected = [Double](repeating: 0, count: pieces.count)
    let (corpus, trie) = (corpus, trie)
    try await OrderedPortions(threads: threads).run(corpus.portions) { words in
      var counting = ExpectedCounts(
        trie: trie, probabilities: probabilities, unknown: unknown, longestPiece: longest)
      for word in words { counting.add(corpus.bytes, corpus.range(word), count: corpus.counts[word]) }
      return counting.expected
    } reduce: { (portion: [Double]) in
      for id in expected.indices { expected[id] += portion[id] }
    }
    var sum = 0.0
    for id in 1..<max(expected.count, 1) {
      if expected[id] < Self.rarest { expected[id] = 0 } else { sum += expected[id] }
    }
    let total = digamma(sum)
    var result = pieces
    for id in 1..<max(expected.count, 1) {
      result.scores[id] = expected[id] == 0 ? -.infinity : digamma(expected[id]) - total
    }
    return result
  }

  /// The derivative of the logarithm of the gamma function, by recurrence to 7 and then its asymptotic series.
  private func digamma(_ argument: Double) -> Double {
    var x = argument
    var result = 0.0
    while x < 7 {
      result -= 1 / x
      x += 1
    }
    x -= 0.5
    let square = 1 / (x * x)
    let series = [1.0 / 24, -7.0 / 960, 31.0 / 8064, -127.0 / 30720]
    var power = square
    result += log(x)
    for factor in series {
      result += factor * power
      power *= square
    }
    return result
  }
}

/// The forward-backward algorithm on one word after the other, on probabilities themselves: where they become too small
/// a stretch of them is scaled up together.
private struct ExpectedCounts {
  let trie: ByteTrie
  let probabilities: [Double]
  let unknown: Double
  /// In bytes.
  let longestPiece: Int
  private(set) var expected: [Double]
  /// The probability of all ways to each position, times 2 to the power of 256 · ``scales``.
  private var forward: [Double] = []
  private var scales: [Int32] = []
  private var backward: [Double] = []

  private static let small = 0x1p-256
  private static let large = 0x1p256

  init(trie: ByteTrie, probabilities: [Double], unknown: Double, longestPiece: Int) {
    self.trie = trie
    self.probabilities = probabilities
    self.unknown = unknown
    self.longestPiece = longestPiece
    expected = Array(repeating: 0, count: probabilities.count)
  }

  mutating func add(_ bytes: [UInt8], _ word: Range<Int>, count: Double) {
    let length = word.count
    if forward.count <= length {
      forward = Array(repeating: 0, count: length * 2)
      backward = forward
      scales = Array(repeating: 0, count: length * 2)
    }
    for position in 0...length {
      forward[position] = 0
      backward[position] = 0
    }
    runForward(bytes, word)
    runBackward(bytes, word, count)
    if forward.count > 1 << 20 { (forward, backward, scales) = ([], [], []) }
  }

  private mutating func runForward(_ bytes: [UInt8], _ word: Range<Int>) {
    let length = word.count
    forward[0] = 1
    var scale: Int32 = 0
    var start = 0
    while start < length {
      if forward[start] < Self.small {
        let window = start...min(start + longestPiece, length)
        if Self.isSmall(forward, window) {
          for position in window { forward[position] *= Self.large }
          scale += 1
        }
      }
      scales[start] = scale
      let before = forward[start]
      let first = scalarLength(bytes[word.lowerBound + start])
      var hasSingle = false
      var unit = 0
      var end = start
      while end < length, let id = trie.step(&unit, by: bytes[word.lowerBound + end]) {
        end += 1
        guard id >= 0 else { continue }
        let probability = probabilities[Int(id)]
        forward[end] += before * probability
        if end - start == first, probability > 0 { hasSingle = true }
      }
      if !hasSingle { forward[start + first] += before * unknown }
      start += first
    }
    scales[length] = scale
  }

  private mutating func runBackward(_ bytes: [UInt8], _ word: Range<Int>, _ count: Double) {
    let length = word.count
    let whole = count / forward[length]
    guard whole.isFinite else { return }
    backward[length] = 1
    var scale: Int32 = 0
    var start = length - 1
    while start >= 0 {
      let lead = bytes[word.lowerBound + start]
      if lead & 0xC0 == 0x80 {
        start -= 1
        continue
      }
      var factor = forward[start]
      // What both sides are scaled by, beyond the scale of the whole; a large one belongs to what hardly counts.
      switch scales[length] - scales[start] - scale {
      case 0: break
      case 1: factor *= Self.large
      case -1: factor *= Self.small
      case ..<0: factor = 0
      default: factor *= Self.large * Self.large
      }
      factor *= whole
      let first = scalarLength(lead)
      var hasSingle = false
      var sum = 0.0
      var unit = 0
      var end = start
      while end < length, let id = trie.step(&unit, by: bytes[word.lowerBound + end]) {
        end += 1
        guard id >= 0 else { continue }
        let probability = probabilities[Int(id)]
        let after = probability * backward[end]
        sum += after
        expected[Int(id)] += factor * after
        if end - start == first, probability > 0 { hasSingle = true }
      }
      if !hasSingle { sum += unknown * backward[start + first] }
      backward[start] = sum
      if sum < Self.small {
        let window = start...min(start + longestPiece, length)
        if Self.isSmall(backward, window) {
          for position in window { backward[position] *= Self.large }
          scale += 1
        }
      }
      start -= 1
    }
  }

  private static func isSmall(_ values: [Double], _ window: ClosedRange<Int>) -> Bool {
    window.allSatisfy { values[$0] < small }
  }
}
