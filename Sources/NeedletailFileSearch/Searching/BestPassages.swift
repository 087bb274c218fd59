internal import NeedletailIndex

/// The best passages so far, in memory for only those.
///
/// Of passages with the same text the first one found is kept and the others are counted, so that copies of one file
/// do not crowd out everything else.
struct BestPassages: Sendable {
  /// A passage that may be shown.
  struct Candidate: Sendable {
    let path: String
    let passage: Passage
    let score: Float
    /// How many more passages say the same.
    var copies = 0
    /// Where the first of them are.
    var places: [FileHit.Place] = []
  }

  /// The best first; of equal ones the one found first.
  private(set) var candidates: [Candidate] = []
  private let limit: Int
  private let minimumScore: Float?
  /// How many places of copies are remembered.
  private static let maximumPlaces = 20

  init(limit: Int, minimumScore: Float?) {
    self.limit = limit
    self.minimumScore = minimumScore
  }

  /// An empty list for another thread, of what this one may take: both find what one would have found.
  var successor: BestPassages {
    let worst = candidates.count == limit ? candidates.last?.score : nil
    return BestPassages(limit: limit, minimumScore: [worst, minimumScore].compactMap(\.self).max())
  }

  /// Offers the passages of a section.
  ///
  /// - Parameter hits: All of its passages, best first.
  mutating func offer(_ section: VectorSection, _ hits: [Hit], path: String) {
    guard let first = hits.first, isWanted(first.score), let passages = section.passages else { return }
    for hit in hits {
      guard isWanted(hit.score) else { return }
      offer(Candidate(path: path, passage: passages[hit.index], score: hit.score))
    }
  }

  /// Offers what another list has found further on.
  mutating func offer(_ others: BestPassages) {
    for candidate in others.candidates {
      guard isWanted(candidate.score) else { return }
      offer(candidate)
    }
  }

  private func isWanted(_ score: Float) -> Bool {
    if score.isNaN { return false }
    if let minimumScore, score < minimumScore { return false }
    guard candidates.count == limit, let worst = candidates.last else { return true }
    return score >= worst.score
  }

  private mutating func offer(_ candidate: Candidate) {
    if let same = candidates.firstIndex(where: {
      $0.score == candidate.score && $0.passage.text == candidate.passage.text
    }) {
      candidates[same].copies += 1 + candidate.copies
      let place = FileHit.Place(path: candidate.path, line: candidate.passage.firstLine)
      let room = Self.maximumPlaces - candidates[same].places.count
      candidates[same].places += ([place] + candidate.places).prefix(room)
      return
    }
    let place = candidates.firstIndex { $0.score < candidate.score } ?? candidates.endIndex
    guard place < limit else { return }
    candidates.insert(candidate, at: place)
    if candidates.count > limit { candidates.removeLast() }
  }
}
