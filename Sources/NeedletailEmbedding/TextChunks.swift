/// How texts are shared out for tokenizing.
enum TextChunks {
  /// Bytes of a text that is not worth waking a thread for.
  static let shortText = 1 << 11

  /// Texts that one thread tokenizes at a time at most.
  private static let mostTexts = 128
  /// Bytes after which a chunk gets no further text, so that threads share long texts and cancelling is soon noticed.
  private static let mostBytes = 1 << 18

  /// The texts of each chunk.
  ///
  /// - Parameter bytes: The size of each text.
  static func ranges(_ bytes: some Sequence<Int>) -> [Range<Int>] {
    var chunks: [Range<Int>] = []
    var start = 0
    var end = 0
    var sum = 0
    for size in bytes {
      if end - start == mostTexts || sum >= mostBytes {
        chunks.append(start..<end)
        start = end
        sum = 0
      }
      sum += size
      end += 1
    }
    if start < end { chunks.append(start..<end) }
    return chunks
  }
}
