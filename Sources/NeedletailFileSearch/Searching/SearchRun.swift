internal import NeedletailTensor

/// One search on its way through the files.
struct SearchRun {
  var best: BestPassages
  var warnings: [FileSearchError] = []
  var filesRead = 0
  private(set) var embedded = 0
  var position = FileSearch.Progress()

  let search: FileSearch
  var examiner: FileExaminer
  let progress: ((FileSearch.Progress) -> Void)?
  /// What this search learnt about files, for the next one.
  var table = FileTable()
  var hasWritten = false
  var canWrite = true
  /// Vectors of texts that came lately, for copies of them.
  var recent: [String: [Float]] = [:]
  /// How many new passages are embedded and kept together.
  var groupSize = batchPassages

  /// Files up to this size are read as a whole, several at once.
  private static let wholeFile = 4 << 20
  /// How many bytes and files are read at once.
  private static let batchBytes = 16 << 20
  private static let batchFiles = 128
  /// How many passages are embedded at once.
  static let batchPassages = 512

  init(_ search: FileSearch, query: [Float], stop: CancellationFlag, progress: ((FileSearch.Progress) -> Void)?) {
    self.search = search
    self.progress = progress
    best = BestPassages(limit: search.options.limit, minimumScore: search.options.minimumScore)
    examiner = FileExaminer(
      model: search.model, vectors: search.cache?.vectors(of: search.model), query: query,
      kernels: search.kernels, now: search.now(), stop: stop)
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
        let weight = file.path.hasSuffix(".gz") ? 16 : 1
        let isWhole = size <= Self.wholeFile / weight
        if !isWhole || batch.count == Self.batchFiles || bytes + size * weight > Self.batchBytes {
          try await searchBatch(batch)
          batch.removeAll(keepingCapacity: true)
          bytes = 0
        }
        if isWhole {
          batch.append(file)
          bytes += size * weight
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

  mutating func embed(_ texts: [String]) async throws -> Matrix {
    try Task.checkCancellation()
    let matrix = try await search.model.embedPassages(texts)
    embedded += texts.count
    return matrix
  }

  /// Counts a file as done.
  mutating func advance(past file: FoundFile) {
    position.bytesDone = position.bytesDone.adding(saturating: file.status?.size ?? 0)
  }

  // MARK: Writing the cache

  /// Tries to write; a problem is said once, and then nothing more is written.
  mutating func writing<Value>(_ body: () throws(FileSearchError) -> Value) -> Value? {
    do throws(FileSearchError) { return try body() } catch {
      if canWrite { warnings.append(error) }
      canWrite = false
      return nil
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
