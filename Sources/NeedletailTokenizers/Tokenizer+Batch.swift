internal import Synchronization

extension Tokenizer {
  /// Everything about the tokens of many texts, in their order, whatever the number of threads.
  ///
  /// One text alone is what ``encode(_:pair:options:)`` is for.
  ///
  ///     let encodings = try await tokenizer.encode(texts, threads: 4)
  ///
  /// - Parameters:
  ///   - texts: Any texts.
  ///   - options: Special tokens, truncation and padding.
  ///   - threads: How many texts are read at the same time at most; at least 1.
  /// - Throws: ``TokenizerError`` with code `.invalidTruncation` where the limit cannot be kept, and
  ///   `CancellationError` where the task has been cancelled.
  /// - Complexity: O(text).
  public func encode(
    _ texts: [String], options: EncodingOptions = .init(), threads: Int
  ) async throws -> [Encoding] {
    let chunks = Self.chunks(texts)
    guard threads > 1, chunks.count > 1 else {
      var workspace = Workspace()
      var encodings: [Encoding] = []
      encodings.reserveCapacity(texts.count)
      for chunk in chunks { try encode(texts[chunk], options, &workspace, into: &encodings) }
      try options.padding?.apply(to: &encodings)
      return encodings
    }
    let next = Counter()
    var parts = [[Encoding]](repeating: [], count: chunks.count)
    try await withThrowingTaskGroup(of: [(Int, [Encoding])].self) { group in
      for _ in 0..<min(threads, chunks.count) {
        group.addTask {
          var workspace = Workspace()
          var done: [(Int, [Encoding])] = []
          while true {
            let index = next.next()
            guard index < chunks.count else { return done }
            var encodings: [Encoding] = []
            encodings.reserveCapacity(chunks[index].count)
            try encode(texts[chunks[index]], options, &workspace, into: &encodings)
            done.append((index, encodings))
          }
        }
      }
      for try await lane in group { for (index, encodings) in lane { parts[index] = encodings } }
    }
    var encodings = Array(parts.joined())
    try options.padding?.apply(to: &encodings)
    return encodings
  }

  private func encode(
    _ texts: ArraySlice<String>, _ options: EncodingOptions, _ workspace: inout Workspace,
    into encodings: inout [Encoding]
  ) throws {
    try Task.checkCancellation()
    for (index, text) in zip(texts.indices, texts) {
      encodings.append(try unpadded(text, nil, options.text(index), &workspace))
    }
  }

  /// Ranges of texts that take about as long each.
  private static func chunks(_ texts: [String]) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var start = 0
    var bytes = 0
    for (index, text) in texts.enumerated() {
      bytes += text.utf8.count
      guard bytes >= bytesPerChunk || index + 1 == texts.count else { continue }
      chunks.append(start..<(index + 1))
      start = index + 1
      bytes = 0
    }
    return chunks
  }

  /// Some hundred microseconds of work, well above what a task costs.
  private static let bytesPerChunk = 1 << 14
}

/// Hands out the numbers from 0 on, each once.
private final class Counter: Sendable {
  private let value = Atomic(0)

  func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}
