/// How files become passages, by itself: the seam for tests and tools that need no model.
package enum Passages {
  /// Reads a file, whatever it holds.
  ///
  /// - Parameters:
  ///   - target: The most tokens of a passage; at least 8.
  ///   - countTokens: The number of tokens of each of some texts.
  package static func read(
    _ path: String, target: Int, countTokens: @escaping ([String]) -> [Int]
  ) throws(FileSearchError) -> (passages: [Passage], warnings: [FileSearchError]) {
    try read(ByteSource(path), target, countTokens)
  }

  /// Reads bytes as if they were the content of a file with this name.
  package static func read(
    _ bytes: [UInt8], name: String, target: Int, countTokens: @escaping ([String]) -> [Int]
  ) throws(FileSearchError) -> (passages: [Passage], warnings: [FileSearchError]) {
    try read(ByteSource(bytes, subject: name), target, countTokens)
  }

  private static func read(
    _ source: ByteSource, _ target: Int, _ countTokens: @escaping ([String]) -> [Int]
  ) throws(FileSearchError) -> (passages: [Passage], warnings: [FileSearchError]) {
    let reader = try DocumentReader(source, kind: FileKind(name: source.subject), skippingBinary: false)
    var cutter = PassageCutter(reader, target: target, countTokens: countTokens)
    var passages: [Passage] = []
    while let passage = try cutter.next() { passages.append(passage) }
    return (passages, cutter.warnings)
  }

  /// The sentences of a text as ranges of its bytes.
  package static func sentences(_ text: [UInt8]) -> [Range<Int>] { SentenceSplitter.sentences(text) }
}
