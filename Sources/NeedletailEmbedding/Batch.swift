internal import NeedletailTokenizers

/// Texts that are encoded together on one thread.
struct Batch: Sendable {
  /// Where a text stands: its chunk, its place in the chunk, and its place among all texts.
  struct Text: Sendable {
    let chunk: Int
    let index: Int
    let position: Int
    let length: Int
  }

  let texts: [Text]

  /// Tokens for which it pays to go through the weights once more, so that another thread has work.
  private static let leastTokens = 64

  /// Groups texts of like length, the longest first, each group within the budget or a single text; few tokens make
  /// smaller groups, so that every thread has one.
  static func plan(_ chunks: [PackedTokens], budget: Int, threads: Int) -> [Batch] {
    var texts: [Text] = []
    for (chunk, tokens) in chunks.enumerated() {
      for index in 0..<tokens.count {
        texts.append(Text(chunk: chunk, index: index, position: texts.count, length: tokens.range(index).count))
      }
    }
    texts.sort { ($0.length, $1.position) > ($1.length, $0.position) }
    let total = texts.reduce(0) { $0 + $1.length }
    // As many groups as let every thread have the same number of them, where each is worth it.
    let rounds = total / budget / threads + 1
    let groups = max(1, min(rounds * threads, total / Self.leastTokens))
    let budget = min(budget, total / groups + (texts.first?.length ?? 0))
    var batches: [Batch] = []
    var group: [Text] = []
    var tokens = 0
    for text in texts {
      if !group.isEmpty, tokens + text.length > budget {
        batches.append(Batch(texts: group))
        group = []
        tokens = 0
      }
      group.append(text)
      // A text costs something even without tokens.
      tokens += max(text.length, 1)
    }
    if !group.isEmpty { batches.append(Batch(texts: group)) }
    return batches
  }

  func tokens(of chunks: [PackedTokens]) -> PackedTokens {
    var tokens = PackedTokens()
    for text in texts {
      let range = chunks[text.chunk].range(text.index)
      tokens.append(ids: chunks[text.chunk].ids[range], typeIDs: chunks[text.chunk].typeIDs[range])
    }
    return tokens
  }
}
