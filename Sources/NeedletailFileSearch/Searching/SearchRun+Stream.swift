internal import NeedletailTensor
internal import Synchronization

// MARK: One large file, or a pipe

extension SearchRun {
  /// How many bytes of passages are embedded at once, unless one has more.
  private static let batchText = 4 << 20

  mutating func searchStream(_ file: FoundFile) async throws {
    let before = (best: best, position: position)
    do {
      let identity = try await identify(file)
      if let key = identity?.key {
        if try await readCached(key, file) {
          filesRead += 1
          if let identity { table.note(file.absolutePath, identity.entry) }
          return
        }
        // What a damaged cache file gave is forgotten.
        (best, position) = before
      }
      try await embedStream(file, identity)
    } catch let problem as FileSearchError {
      try Task.checkCancellation()
      warnings.append(problem)
    }
    position.bytesDone = before.position.bytesDone.adding(saturating: file.status?.size ?? 0)
    progress?(position)
  }

  /// Tells what a file holds; nothing of a file that is not read or would fill the cache by itself.
  private func identify(_ file: FoundFile) async throws -> FileExaminer.Identity? {
    guard let limit = search.cache?.limit, file.status?.size ?? 0 <= limit else { return nil }
    let examiner = examiner
    return try await search.team.map(1) { _ in
      try examiner.isPassedOver(file) ? nil : try examiner.identify(file)
    }.first ?? nil
  }

  private func earlier(_ file: FoundFile, _ identity: FileExaminer.Identity?) async throws -> [String: [Float]] {
    guard let identity else { return [:] }
    let examiner = examiner
    return try await search.team.map(1) { _ in examiner.earlier(file, identity.digest, among: nil) }.first ?? [:]
  }

  /// Compares the passages of a cached file.
  ///
  /// - Returns: Whether the cache had the whole file.
  private mutating func readCached(_ key: Digest, _ file: FoundFile) async throws -> Bool {
    guard let vectors = examiner.vectors else { return false }
    let examiner = examiner
    let start = FileExaminer.Ranked(best: best.successor)
    let (ranked, ending) =
      try await search.team.map(1) { _ in
        var ranked = start
        let ending = try? vectors.read(key, subject: file.path) { section in
          if examiner.stop.isSet { throw CancellationError() }
          try examiner.rank(section, of: file, into: &ranked)
        }
        return (ranked, ending)
      }.first ?? (start, nil)
    try Task.checkCancellation()
    best.offer(ranked.best)
    position.passages += ranked.passages
    warnings += ending?.warnings ?? []
    if ending != nil {
      advance(past: file)
      progress?(position)
    }
    return ending != nil
  }

  private mutating func embedStream(_ file: FoundFile, _ identity: FileExaminer.Identity?) async throws {
    let examiner = examiner
    let opened = try await search.team.map(1) { _ in Shared(Mutex(try examiner.cutter(file))) }
    guard let cutter = opened.first else { return }
    let known = try await earlier(file, identity)
    var writer: CacheFileWriter?
    if canWrite, let identity {
      writer = writing { () throws(FileSearchError) in try examiner.vectors?.writer(identity.key) } ?? nil
    }
    filesRead += 1
    let bytesBefore = position.bytesDone
    var problem: FileSearchError?
    while problem == nil {
      let piece = try await search.team.map(1) { _ in cutter.value.withLock { Self.cut(&$0) } }.first
      guard let piece else { return }
      problem = piece.problem
      if piece.passages.isEmpty { break }
      let missing = piece.passages.map(\.text).filter { known[$0] == nil }
      let fresh = missing.isEmpty ? nil : try await embed(missing)
      var values: [Float] = []
      var row = 0
      for passage in piece.passages {
        if let old = known[passage.text] {
          values += old
        } else if let fresh {
          values += fresh[row: row]
          row += 1
        }
      }
      let section = VectorSection(piece.passages, vectors: values)
      var ranked = FileExaminer.Ranked(best: best.successor)
      try examiner.rank(section, of: file, into: &ranked)
      best.offer(ranked.best)
      position.passages += section.count
      let size = file.status?.size ?? 0
      position.bytesDone = bytesBefore.adding(saturating: min(size, cutter.value.withLock { $0.bytesRead }))
      progress?(position)
      // A file that would fill the cache by itself is not kept.
      if let current = writer, let limit = search.cache?.limit {
        let written: Void? = writing { () throws(FileSearchError) in
          try section.write(to: current, dimension: examiner.model.dimension)
        }
        if written == nil || current.size > limit / 2 { writer = nil }
      }
    }
    try Task.checkCancellation()
    let problems = cutter.value.withLock { $0.warnings }
    warnings += problems + (problem.map { [$0] } ?? [])
    guard problem == nil, let writer, let identity, examiner.isUnchanged(file, since: identity.status) else { return }
    let ending = VectorSection(ending: problems, subject: file.path)
    let done: Void? = writing { () throws(FileSearchError) in
      try ending.write(to: writer, dimension: examiner.model.dimension)
      try writer.finish()
    }
    if done != nil {
      hasWritten = true
      table.note(file.absolutePath, identity.entry)
    }
  }

  /// The next passages of a file; an error ends it but not what came before.
  private static func cut(_ cutter: inout PassageCutter) -> (passages: [Passage], problem: FileSearchError?) {
    var passages: [Passage] = []
    do throws(FileSearchError) {
      var size = 0
      while passages.count < batchPassages, size < batchText, let passage = try cutter.next() {
        passages.append(passage)
        size += passage.size
      }
    } catch { return (passages, error) }
    return (passages, nil)
  }
}

/// Gives a `Mutex` a place that escaping closures can share.
private final class Shared<Value>: Sendable {
  let value: Mutex<Value>
  init(_ value: consuming sending Mutex<Value>) { self.value = value }
}
