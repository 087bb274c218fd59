internal import NeedletailIndex
internal import NeedletailTensor

/// The vectors of one field at one moment: sealed segments, and a tail in memory.
struct FieldSnapshot: Sendable {
  private(set) var segments: [LiveSegment] = []
  private(set) var tail: [TailBlock] = []
  private let empty: TailBlock

  init(dimension: Int, metric: Metric, kernels: Kernels) {
    empty = TailBlock(dimension: dimension, metric: metric, kernels: kernels)
  }

  /// How many chunks a search may find.
  var count: Int { segments.reduce(0) { $0 + $1.count } + tailCount }

  /// How many of them are in memory.
  var tailCount: Int { tail.reduce(0) { $0 + $1.live.population } }

  /// Adds a segment.
  mutating func append(_ segment: SealedSegment) { segments.append(LiveSegment(segment)) }

  /// Adds chunks that no segment holds and that another snapshot had in memory, with larger numbers than those before.
  mutating func append(_ block: TailBlock) { tail.append(block) }

  /// Adds chunks that no segment holds.
  mutating func append(_ chunks: [StoredChunk]) throws {
    var rest = chunks[...]
    while !rest.isEmpty {
      if tail.last.map({ $0.count == TailBlock.capacity }) ?? true { tail.append(empty) }
      let piece = rest.prefix(TailBlock.capacity - tail[tail.count - 1].count)
      try tail[tail.count - 1].append(piece)
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Takes out a chunk that may be here.
  mutating func remove(_ chunk: Int) {
    for index in segments.indices where segments[index].remove(chunk) { return }
    for index in tail.indices where tail[index].remove(chunk) { return }
  }

  /// The nearest chunks.
  ///
  /// - Parameter filter: What may be found; everything by default.
  func search(_ request: SearchRequest, limit: Int, filter: FieldFilter? = nil) throws -> CandidateList {
    var list = CandidateList(limit: limit, largerIsNearer: request.metric != .squaredL2)
    for (index, segment) in segments.enumerated() {
      list.merge(
        try segment.search(request.vector, limit: limit, among: filter?.segments[index], effort: request.effort))
    }
    for (index, block) in tail.enumerated() {
      list.merge(try block.search(request.vector, limit: limit, among: filter?.tail[index]))
    }
    return list
  }

  /// The nearest chunk of each of some documents that have one in this field, compared exactly.
  ///
  /// - Parameter documents: Their numbers, ascending.
  func nearest(of documents: [Int], _ request: SearchRequest) throws -> [Int: Candidate] {
    var best: [Int: Candidate] = [:]
    for segment in segments { Self.merge(segment.chunks(of: documents, request.vector), into: &best, request.metric) }
    for block in tail { Self.merge(try block.chunks(of: documents, request.vector), into: &best, request.metric) }
    return best
  }

  private static func merge(_ chunks: [Candidate], into best: inout [Int: Candidate], _ metric: Metric) {
    for chunk in chunks {
      let old = best[chunk.document]
      if old.map({ metric == .squaredL2 ? chunk.score < $0.score : chunk.score > $0.score }) ?? true {
        best[chunk.document] = chunk
      }
    }
  }
}
