internal import NeedletailTensor

// MARK: Many small files at once

extension SearchRun {
  /// A file that waits for its turn, which comes when all before it are done.
  private struct Held {
    let file: FoundFile
    let outcome: FileExaminer.Outcome
  }

  /// The most bytes of vectors that are computed and kept together.
  private static let groupBytes = 16 << 20
  /// How many bytes of vectors are remembered for copies of their texts.
  private static let recentBytes = 32 << 20

  mutating func searchBatch(_ files: [FoundFile]) async throws {
    guard !files.isEmpty else { return }
    try Task.checkCancellation()
    let (examiner, best) = (examiner, best.successor)
    var outcomes = try await search.team.map(files.count) { examiner.examine(files[$0], for: best) }
    try Task.checkCancellation()
    var held: [Held] = []
    var passages = 0
    for (index, file) in files.enumerated() {
      let outcome = outcomes[index]
      // Passages leave the memory with their group.
      outcomes[index] = .tooMany
      if case .tooMany = outcome {
        try await settle(&held)
        passages = 0
        try await searchStream(file)
        continue
      }
      if case .unembedded(let new) = outcome { passages += new.passages.count }
      held.append(Held(file: file, outcome: outcome))
      if passages >= groupSize {
        try await settle(&held)
        passages = 0
      }
    }
    try await settle(&held)
    progress?(position)
  }

  /// Embeds what is new in some files, keeps it, and takes all of them in their order.
  private mutating func settle(_ held: inout [Held]) async throws {
    let new: [FileExaminer.Unembedded] = held.compactMap {
      if case .unembedded(let file) = $0.outcome { file } else { nil }
    }
    let sealed = try await sealed(new)
    var next = 0
    for one in held {
      switch one.outcome {
      case .tooMany: break
      case .unreadable(let problem): warnings.append(problem)
      case .ranked(let ranked): take(ranked, one.file)
      case .unembedded:
        noteWriting(sealed[next].problem, of: new[next])
        take(sealed[next].ranked, one.file)
        next += 1
      }
      advance(past: one.file)
    }
    held = []
    if !new.isEmpty { progress?(position) }
  }

  private mutating func take(_ ranked: FileExaminer.Ranked, _ file: FoundFile) {
    filesRead += 1
    warnings += ranked.warnings
    if let entry = ranked.entry { table.note(file.absolutePath, entry) }
    position.passages += ranked.passages
    best.offer(ranked.best)
  }

  private mutating func sealed(_ new: [FileExaminer.Unembedded]) async throws -> [Sealed] {
    guard !new.isEmpty else { return [] }
    let begin = ContinuousClock.now
    let (examiner, team) = (examiner, search.team)
    if recent.count * search.model.dimension * 4 > Self.recentBytes { recent = [:] }
    for known in try await team.map(new.count, { examiner.earlier(new[$0]) }) {
      recent.merge(known) { first, _ in first }
    }
    // Copies are embedded once; texts of like length together.
    var wanted: Set<String> = []
    for file in new {
      for passage in file.passages where recent[passage.text] == nil { wanted.insert(passage.text) }
    }
    let texts = wanted.sorted { $0.utf8.count < $1.utf8.count }
    for start in stride(from: 0, to: texts.count, by: Self.batchPassages) {
      let batch = Array(texts[start..<min(start + Self.batchPassages, texts.count)])
      let matrix = try await embed(batch)
      for (row, text) in batch.enumerated() { recent[text] = Array(matrix[row: row]) }
    }
    let (vectors, canWrite, best) = (recent, canWrite, best.successor)
    let sealed = try await team.map(new.count) { index in
      try Self.seal(new[index], vectors, examiner, best, keeping: canWrite)
    }
    // A quick model is given much at a time; of a slow one little is lost by an interruption.
    let time = ContinuousClock.now - begin
    let largest = max(Self.batchPassages, Self.groupBytes / (4 * search.model.dimension))
    if time < .milliseconds(250) { groupSize = min(groupSize * 2, largest) }
    if time > .seconds(1) { groupSize = max(groupSize / 2, Self.batchPassages) }
    return sealed
  }

  /// A new file that was compared, and why it could not be kept.
  private struct Sealed: Sendable {
    let ranked: FileExaminer.Ranked
    let problem: FileSearchError?
  }

  /// Puts the vectors of a new file together, compares them and keeps them.
  private static func seal(
    _ file: FileExaminer.Unembedded, _ vectors: [String: [Float]], _ examiner: FileExaminer, _ best: BestPassages,
    keeping: Bool
  ) throws -> Sealed {
    var values: [Float] = []
    values.reserveCapacity(file.passages.count * examiner.model.dimension)
    for passage in file.passages { values += vectors[passage.text] ?? [] }
    let section = VectorSection(file.passages, vectors: values)
    var ranked = FileExaminer.Ranked(best: best, warnings: file.warnings, entry: file.entry)
    try examiner.rank(section, of: file.file, into: &ranked)
    var problem: FileSearchError?
    if keeping {
      do throws(FileSearchError) { try examiner.keep(section, of: file) } catch { problem = error }
    }
    return Sealed(ranked: ranked, problem: problem)
  }

  private mutating func noteWriting(_ problem: FileSearchError?, of file: FileExaminer.Unembedded) {
    if let problem {
      if canWrite { warnings.append(problem) }
      canWrite = false
    } else if file.key != nil {
      hasWritten = true
    }
  }
}
