internal import NeedletailIndex
internal import NeedletailTensor
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// One search on its way through the files.
struct SearchRun {
  private(set) var best: BestPassages
  private(set) var warnings: [FileSearchError] = []
  private(set) var filesRead = 0
  private(set) var embedded = 0
  private(set) var position = FileSearch.Progress()

  private let search: FileSearch
  private var examiner: FileExaminer
  private let progress: ((FileSearch.Progress) -> Void)?
  /// What this search learnt about files, for the next one.
  private var table = FileTable()
  private var hasWritten = false
  private var canWrite = true

  /// Files up to this size are read as a whole, several at once.
  private static let wholeFile = 4 << 20
  /// How many bytes and files are read at once.
  private static let batchBytes = 16 << 20
  private static let batchFiles = 256
  /// How many passages are embedded at once.
  private static let batchPassages = 512

  init(_ search: FileSearch, query: [Float], progress: ((FileSearch.Progress) -> Void)?) {
    self.search = search
    self.progress = progress
    best = BestPassages(limit: search.options.limit, minimumScore: search.options.minimumScore)
    examiner = FileExaminer(
      model: search.model, vectors: search.cache?.vectors(of: search.model), query: query,
      kernels: search.kernels, now: search.now())
  }

  /// Searches files in their order.
  mutating func search(_ files: [FoundFile]) async throws {
    position.bytesTotal = files.reduce(0) { $0.adding(saturating: $1.status?.size ?? 0) }
    try await readTable(files)
    var batch: [FoundFile] = []
    var bytes = 0
    do {
      for file in files {
        let size = file.status?.size ?? .max
        // A compressed file may be many times its size.
        let isWhole = size <= (file.path.hasSuffix(".gz") ? Self.wholeFile / 16 : Self.wholeFile)
        if !isWhole || batch.count == Self.batchFiles || bytes + size > Self.batchBytes {
          try await searchBatch(batch)
          batch.removeAll(keepingCapacity: true)
          bytes = 0
        }
        if isWhole {
          batch.append(file)
          bytes += size
        } else {
          try await searchStream(file)
        }
      }
      try await searchBatch(batch)
    } catch {
      finishCache()
      throw error
    }
    finishCache()
  }

  /// Reads what the cache knows about these files.
  private mutating func readTable(_ files: [FoundFile]) async throws {
    guard let cache = search.cache else { return }
    let parts = Set(files.filter { $0.status != nil }.map { FileTable.Key($0.absolutePath).part }).sorted()
    let read = try await search.team.map(parts.count) { FileTablePart(cache.tablePath(parts[$0])) }
    table = FileTable(parts: Dictionary(uniqueKeysWithValues: zip(parts, read)))
    examiner.table = table
  }

  // MARK: Many small files at once

  private mutating func searchBatch(_ files: [FoundFile]) async throws {
    guard !files.isEmpty else { return }
    try Task.checkCancellation()
    let examiner = examiner
    var outcomes = try await search.team.map(files.count) { examiner.examine(files[$0]) }
    let new: [FileExaminer.Unembedded] = outcomes.compactMap {
      if case .unembedded(let file) = $0 { file } else { nil }
    }
    // Copies of one file are embedded once.
    var vectors: [String: [Float]] = [:]
    for file in new { vectors.merge(file.known) { first, _ in first } }
    let wanted = Set(new.flatMap { $0.passages.map(\.text) }).subtracting(vectors.keys).sorted {
      $0.utf8.count < $1.utf8.count
    }
    for start in stride(from: 0, to: wanted.count, by: Self.batchPassages) {
      let texts = Array(wanted[start..<min(start + Self.batchPassages, wanted.count)])
      let matrix = try await embed(texts)
      for (row, text) in texts.enumerated() { vectors[text] = Array(matrix[row: row]) }
    }
    let (complete, canWrite) = (vectors, canWrite)
    let sealed = try await search.team.map(new.count) { index in
      try Self.seal(new[index], complete, examiner, keeping: canWrite)
    }
    var next = 0
    for index in outcomes.indices {
      if case .unembedded(let file) = outcomes[index] {
        outcomes[index] = .scored(sealed[next].scored, warnings: file.warnings, entry: file.entry)
        noteWriting(sealed[next].problem, of: file)
        next += 1
      }
      take(outcomes[index], files[index])
    }
    progress?(position)
  }

  /// Puts the vectors of a new file together, compares them and keeps them.
  private static func seal(
    _ file: FileExaminer.Unembedded, _ vectors: [String: [Float]], _ examiner: FileExaminer, keeping: Bool
  ) throws -> (scored: [FileExaminer.Scored], problem: FileSearchError?) {
    var values: [Float] = []
    values.reserveCapacity(file.passages.count * examiner.model.dimension)
    for passage in file.passages { values += vectors[passage.text] ?? [] }
    let section = VectorSection(file.passages, vectors: values)
    let scored = try examiner.score(section)
    var problem: FileSearchError?
    if keeping {
      do throws(FileSearchError) { try examiner.keep(section, of: file) } catch { problem = error }
    }
    return ([scored], problem)
  }

  private mutating func take(_ outcome: FileExaminer.Outcome, _ file: FoundFile) {
    position.bytesDone = position.bytesDone.adding(saturating: file.status?.size ?? 0)
    switch outcome {
    case .unembedded: break
    case .unreadable(let problem): warnings.append(problem)
    case .scored(let sections, let problems, let entry):
      filesRead += 1
      warnings += problems
      if let entry { table.note(file.absolutePath, entry) }
      for scored in sections {
        position.passages += scored.section.count
        best.offer(scored.section, scored.hits, path: file.path)
      }
    }
  }

  private mutating func embed(_ texts: [String]) async throws -> Matrix {
    try Task.checkCancellation()
    let matrix = try await search.model.embedPassages(texts)
    embedded += texts.count
    return matrix
  }

  // MARK: One large file, or a pipe

  private mutating func searchStream(_ file: FoundFile) async throws {
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
      warnings.append(problem)
    }
    position.bytesDone = before.position.bytesDone.adding(saturating: file.status?.size ?? 0)
    progress?(position)
  }

  private func identify(_ file: FoundFile) async throws -> FileExaminer.Identity? {
    let examiner = examiner
    return try await search.team.map(1) { _ in [try examiner.identify(file)] }.first?.first ?? nil
  }

  /// Compares the passages of a cached file.
  ///
  /// - Returns: Whether the cache had the whole file.
  private mutating func readCached(_ key: Digest, _ file: FoundFile) async throws -> Bool {
    guard let vectors = examiner.vectors else { return false }
    let examiner = examiner
    let start = (best: best, passages: position.passages)
    let path = file.path
    let (found, passages, ending) =
      try await search.team.map(1) { _ in
        var best = start.best
        var passages = start.passages
        let ending = try? vectors.read(key, subject: path) { section in
          let scored = try examiner.score(section)
          passages += section.count
          best.offer(section, scored.hits, path: path)
        }
        return [(best, passages, ending)]
      }.first?.first ?? (start.best, start.passages, nil)
    best = found
    position.passages = passages
    warnings += ending?.warnings ?? []
    if ending != nil { position.bytesDone = position.bytesDone.adding(saturating: file.status?.size ?? 0) }
    if ending != nil { progress?(position) }
    return ending != nil
  }

  private mutating func embedStream(_ file: FoundFile, _ identity: FileExaminer.Identity?) async throws {
    let examiner = examiner
    let cutter = Shared(Mutex(try examiner.cutter(file)))
    let known = identity.map { examiner.earlier(file, $0.digest) } ?? [:]
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
      best.offer(section, try examiner.score(section).hits, path: file.path)
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
      while passages.count < batchPassages, let passage = try cutter.next() { passages.append(passage) }
    } catch { return (passages, error) }
    return (passages, nil)
  }

  // MARK: Writing the cache

  /// Tries to write; a problem is said once, and then nothing more is written.
  private mutating func writing<Value>(_ body: () throws(FileSearchError) -> Value) -> Value? {
    do throws(FileSearchError) { return try body() } catch {
      if canWrite { warnings.append(error) }
      canWrite = false
      return nil
    }
  }

  private mutating func noteWriting(_ problem: FileSearchError?, of file: FileExaminer.Unembedded) {
    if let problem {
      if canWrite { warnings.append(problem) }
      canWrite = false
    } else if file.key != nil {
      hasWritten = true
    }
  }

  private mutating func finishCache() {
    guard let cache = search.cache, canWrite else { return }
    if table.hasChanges {
      let table = table
      _ = writing { () throws(FileSearchError) in try table.write(to: cache) }
    }
    if hasWritten { cache.trim(now: search.now()) }
  }
}

/// Gives a `Mutex` a place that escaping closures can share.
private final class Shared<Value>: Sendable {
  let value: Mutex<Value>
  init(_ value: consuming sending Mutex<Value>) { self.value = value }
}
