internal import NeedletailTokenizers

/// The different pieces that a pipeline makes of texts, and how often each was seen, in the order of their bytes.
///
/// The order, and so all that follows, does not depend on the number of threads or on the order of the texts.
struct WordCounts: Sendable {
  /// All words in UTF-8, one after the other.
  let bytes: [UInt8]
  /// Where each word ends in ``bytes``.
  let ends: [Int]
  /// How often each was seen.
  let counts: [Int]
  /// How many texts were read.
  let textCount: Int

  /// How many different words there are.
  var count: Int { counts.count }

  /// Where a word stands in ``bytes``.
  @inline(__always)
  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// A word.
  func word(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

  /// All words with their counts.
  var words: [(word: String, count: Int)] { counts.indices.map { (word($0), counts[$0]) } }

  /// Sorts what was counted.
  init(_ tally: WordTally, textCount: Int) {
    let order = tally.counts.indices.sorted { one, other in
      tally.arena[tally.range(one)].lexicographicallyPrecedes(tally.arena[tally.range(other)])
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tally.arena.count)
    var ends: [Int] = []
    ends.reserveCapacity(order.count)
    for index in order {
      bytes += tally.arena[tally.range(index)]
      ends.append(bytes.count)
    }
    self.bytes = bytes
    self.ends = ends
    counts = order.map { tally.counts[$0] }
    self.textCount = textCount
  }

  /// Reads, normalizes, splits and counts.
  ///
  /// - Parameters:
  ///   - texts: Read once, in order.
  ///   - pipeline: What makes words of texts.
  ///   - threads: How many batches of texts are worked on at a time.
  ///   - progress: Told how many bytes of text are done.
  /// - Throws: What reading throws, what `progress` throws, `CancellationError`.
  static func counting(
    _ texts: TrainingTexts, _ pipeline: TextPipeline, threads: Int, progress: TrainingObserver? = nil
  ) async throws -> WordCounts {
    precondition(threads > 0, "work needs a thread")
    return try await withThrowingTaskGroup(of: (tally: WordTally, bytes: Int).self) { group in
      var resting: [WordTally] = []
      var running = 0
      var done = 0
      var textCount = 0
      func finishOne() async throws {
        guard let (tally, bytes) = try await group.next() else { return }
        running -= 1
        resting.append(tally)
        done += bytes
        try progress?(TrainingProgress(.counting, done: done))
      }
      try await texts.forEachBatch { batch in
        if running == threads { try await finishOne() }
        try Task.checkCancellation()
        let taken = batch.take()
        let tally = resting.popLast() ?? WordTally()
        textCount += taken.count
        running += 1
        group.addTask {
          var tally = tally
          try tally.add(taken, pipeline)
          return (tally, taken.bytes.count)
        }
      }
      while running > 0 { try await finishOne() }
      var all = resting.popLast() ?? WordTally()
      for tally in resting { all.add(tally) }
      return WordCounts(all, textCount: textCount)
    }
  }
}
