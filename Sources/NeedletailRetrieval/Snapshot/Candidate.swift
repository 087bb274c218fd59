/// A chunk that a search found.
struct Candidate: Sendable {
  /// The chunk's number.
  let chunk: Int
  /// The number of its document.
  let document: Int
  /// How near it is, in the terms of the collection's metric.
  let score: Float
}

/// The best few of the candidates of several places.
///
/// Of equal scores the chunk that was stored first is better, wherever it stands.
struct CandidateList: Sendable {
  private(set) var sorted: [Candidate] = []
  private let limit: Int
  private let largerIsNearer: Bool

  init(limit: Int, largerIsNearer: Bool) {
    self.limit = limit
    self.largerIsNearer = largerIsNearer
  }

  /// Adds the candidates of one place.
  mutating func merge(_ candidates: [Candidate]) {
    sorted = Array((sorted + candidates).sorted(by: isBetter).prefix(limit))
  }

  /// The best chunk of each document, best first.
  var documents: [Candidate] {
    var seen: Set<Int> = []
    return sorted.filter { seen.insert($0.document).inserted }
  }

  private func isBetter(_ a: Candidate, _ b: Candidate) -> Bool {
    if a.score != b.score { return largerIsNearer ? a.score > b.score : a.score < b.score }
    return a.chunk < b.chunk
  }
}
