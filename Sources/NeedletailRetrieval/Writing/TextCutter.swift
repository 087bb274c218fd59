internal import NeedletailEmbedding

/// Cuts texts into chunks that a model reads whole.
///
/// A text that fits is one chunk. Others are cut after lines, after sentences, after words, or between characters, the
/// first of these that gives pieces small enough; neighbouring pieces are put together as long as they fit.
struct TextCutter: Sendable {
  private let embedder: Embedder
  /// The most tokens of a chunk, special ones and the prompt aside.
  private let limit: Int

  /// - Parameter limit: The most tokens of a chunk; the model's limit, or 512, where it is `nil` or more than that.
  init(_ embedder: Embedder, limit: Int?) throws {
    self.embedder = embedder
    let most = embedder.maximumLength.map { min($0, limit ?? $0) } ?? limit ?? 512
    self.limit = max(1, most - (try embedder.overhead(as: .document)))
  }

  /// The chunks of each text, as ranges of its bytes in order; an empty text has one.
  func chunks(of texts: [[UInt8]]) async throws -> [[Range<Int>]] {
    // Every token but special ones has at least one byte.
    let long = texts.indices.filter { texts[$0].count > limit }
    let counts = try await tokens(long.map { (texts[$0], 0..<texts[$0].count) })
    var chunks = texts.map { [0..<$0.count] }
    for (index, count) in zip(long, counts) where count > limit { chunks[index] = try await cut(texts[index]) }
    return chunks
  }

  private func cut(_ text: [UInt8]) async throws -> [Range<Int>] {
    var pieces = [0..<text.count]
    var counts = try await tokens(pieces.map { (text, $0) })
    for separator in Separator.allCases {
      guard counts.contains(where: { $0 > limit }) else { break }
      pieces = zip(pieces, counts).flatMap { piece, count in
        count > limit ? Self.split(text, piece, after: separator, limit: limit) : [piece]
      }
      counts = try await tokens(pieces.map { (text, $0) })
    }
    var chunks: [(range: Range<Int>, tokens: Int)] = []
    for (piece, count) in zip(pieces, counts) {
      if let last = chunks.last, last.tokens + count <= limit {
        chunks[chunks.count - 1] = (last.range.lowerBound..<piece.upperBound, last.tokens + count)
      } else {
        chunks.append((piece, count))
      }
    }
    return chunks.map(\.range).filter { range in text[range].contains { $0 > 0x20 } }
  }

  private enum Separator: CaseIterable { case lines, sentences, words, characters }

  private static func split(
    _ text: [UInt8], _ range: Range<Int>, after separator: Separator, limit: Int
  ) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = range.lowerBound
    for index in range {
      let isLast = index + 1 == range.upperBound
      let next = isLast ? 0x20 : text[index + 1]
      let ends =
        switch separator {
        case .lines: text[index] == UInt8(ascii: "\n")
        case .sentences: ".!?".utf8.contains(text[index]) && next <= 0x20
        case .words: text[index] <= 0x20 && next > 0x20
        case .characters: index - start + 1 >= limit && next & 0xC0 != 0x80
        }
      if ends || isLast {
        pieces.append(start..<(index + 1))
        start = index + 1
      }
    }
    return pieces
  }

  /// How many tokens of its own each piece has.
  private func tokens(_ pieces: [(text: [UInt8], range: Range<Int>)]) async throws -> [Int] {
    let texts = pieces.map { String(decoding: $0.text[$0.range], as: UTF8.self) }
    return try await embedder.ownTokenCounts(texts)
  }
}
