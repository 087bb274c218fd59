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
  }

  /// The best first; of equal ones the one found first.
  private(set) var candidates: [Candidate] = []
  private let limit: Int
  private let minimumScore: Float?

  init(limit: Int, minimumScore: Float?) {
    self.limit = limit
    self.minimumScore = minimumScore
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
      candidates[same].copies += 1
      return
    }
    let place = candidates.firstIndex { $0.score < candidate.score } ?? candidates.endIndex
    guard place < limit else { return }
    candidates.insert(candidate, at: place)
    if candidates.count > limit { candidates.removeLast() }
  }
}
