internal import NeedletailIndex
package import NeedletailTensor

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// Semantic search through files: the passages whose meaning is nearest to a question, wherever they are.
///
///     let search = try FileSearch(embedder: try await Embedder())
///     let found = try await search.search("how to undo a commit", in: ["docs", "notes.md"])
///     for hit in found.hits { print("\(hit.path):\(hit.passage.firstLine)", hit.score) }
///
/// Files are streamed: memory follows the size of a batch, not of the files.
public struct FileSearch: Sendable {
  /// What is searched and shown.
  public struct Options: Sendable {
    /// How many hits at most; at least 1.
    public var limit = 10
    /// Hits with a smaller cosine are left out.
    public var minimumScore: Float?
    /// Which files are read.
    public var walk = WalkOptions()

    /// Ten hits of any score.
    public init() {}
  }

  /// How far a search is.
  public struct Progress: Sendable, Equatable {
    /// Bytes of files that are done.
    public var bytesDone = 0
    /// Bytes of all files whose size is known.
    public var bytesTotal = 0
    /// Passages that are done.
    public var passages = 0
  }

  /// What a search found.
  public struct Result: Sendable {
    /// The best first.
    public let hits: [FileHit]
    /// What could not be read, and what was passed over.
    public let warnings: [FileSearchError]
    /// How many files were read; some may hold no text.
    public let filesRead: Int
    /// How many passages were compared.
    public let passages: Int
    /// How many of them had to be embedded, because the cache did not know them.
    public let embedded: Int
  }

  let model: PassageModel
  let cache: VectorCache?
  let team: ComputeTeam
  let kernels: Kernels
  let options: Options
  /// The time; tests have their own.
  let now: @Sendable () -> Date

  package init(
    model: PassageModel, cache: VectorCache?, team: ComputeTeam, kernels: Kernels, options: Options = Options(),
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    precondition(options.limit > 0, "at least one hit is kept")
    self.model = model
    self.cache = cache
    self.team = team
    self.kernels = kernels
    self.options = options
    self.now = now
  }

  /// Searches files.
  ///
  /// - Parameters:
  ///   - question: What is looked for, in any words.
  ///   - paths: Files, which are always read; folders, which are walked; `-` for standard input.
  ///   - progress: Called after each batch.
  /// - Throws: ``FileSearchError`` with code `.emptyQuestion`, or `.nothingRead` if there were problems and no file could be
  ///   read;
  ///   `CancellationError`; what the model throws.
  public func search(
    _ question: String, in paths: [String], progress: ((Progress) -> Void)? = nil
  ) async throws -> Result {
    guard question.contains(where: { !$0.isWhitespace }) else {
      throw FileSearchError(.emptyQuestion, "the question", "is empty; say what to look for")
    }
    let stop = CancellationFlag()
    return try await withTaskCancellationHandler {
      try await search(question, in: paths, stop, progress)
    } onCancel: {
      stop.set()
    }
  }

  private func search(
    _ question: String, in paths: [String], _ stop: CancellationFlag, _ progress: ((Progress) -> Void)?
  ) async throws -> Result {
    let query = try await model.embedQuery(question).values
    var run = SearchRun(self, query: query, stop: stop, progress: progress)
    let walk = options.walk
    let walked = try await team.map(1) { _ in
      var walker = FileWalker(paths, options: walk, stop: stop)
      var files: [FoundFile] = []
      while let file = walker.next() { files.append(file) }
      return (files: files, warnings: walker.warnings)
    }
    try Task.checkCancellation()
    for (files, _) in walked { try await run.search(files) }
    let warnings = walked.flatMap(\.warnings) + run.warnings
    if run.filesRead == 0, let first = warnings.first {
      let more = warnings.count > 1 ? " (and \(warnings.count - 1) more problems)" : ""
      throw FileSearchError(.nothingRead, first.subject, first.message + more)
    }
    return Result(
      hits: try await hits(run.best.candidates, query), warnings: warnings, filesRead: run.filesRead,
      passages: run.position.passages, embedded: run.embedded)
  }

  /// Finds the best sentence of each passage.
  private func hits(_ candidates: [BestPassages.Candidate], _ query: [Float]) async throws -> [FileHit] {
    var ranges: [[Range<Int>]] = []
    var sentences: [String] = []
    for candidate in candidates {
      let text = Array(candidate.passage.text.utf8)
      let isCode = FileKind(name: candidate.path) == .code
      let found = isCode ? SentenceSplitter.lines(text) : SentenceSplitter.sentences(text)
      ranges.append(found)
      if found.count > 1 { sentences += found.map { String(decoding: text[$0], as: UTF8.self) } }
    }
    var index = ExactIndex(dimension: model.dimension, metric: .cosine, kernels: kernels)
    if !sentences.isEmpty { try index.add(try await model.embedPassages(sentences)) }
    let scores = try index.search(query, limit: max(1, index.count)).reduce(
      into: [Float](repeating: 0, count: index.count)
    ) { $0[$1.index] = $1.score }
    var next = 0
    return zip(candidates, ranges).map { candidate, ranges in
      var best = ranges.first
      if ranges.count > 1 {
        let own = scores[next..<(next + ranges.count)]
        if let place = own.indices.max(by: { own[$0] < own[$1] }) { best = ranges[place - next] }
        next += ranges.count
      }
      return FileHit(
        path: candidate.path, passage: candidate.passage, score: candidate.score, bestSentence: best,
        copies: candidate.copies,
        also: candidate.places)
    }
  }
}
