internal import NeedletailJSON
internal import NeedletailTokenizers

extension VocabularyExtender {
  /// The file with all new tokens.
  func edited(_ plan: inout ExtensionPlan) throws(TokenizerError) -> [UInt8] {
    plan.numberAddedTokensLast(from: tokenizer.vocabularySize)
    let words = plan.entries.filter { $0.outcome == .added }
    let added = plan.entries.filter { $0.outcome == .addedToken }
    do {
      var edits = JSONInsertions(bytes, document)
      let root = document.root
      let model = try root.value("model")
      if !words.isEmpty {
        try appendWords(words, try movedTokens(), to: model, &edits)
        if tokenizer.keepsWholePieces == false { keepWholePieces(model, &edits) }
      }
      if !added.isEmpty {
        guard let list = root.optional("added_tokens") else {
          throw root.problem(.unsupported, "a tokenizer.json without \"added_tokens\" takes no added tokens")
        }
        let entries = added.map { entry in
          JSONValue.object([
            "id": .integer(Int(entry.id)), "content": .string(entry.token), "single_word": .boolean(true),
            "lstrip": .boolean(false), "rstrip": .boolean(false), "normalized": .boolean(true),
            "special": .boolean(false),
          ]).text()
        }
        edits.append(entries, to: list)
      }
      return edits.applied()
    } catch {
      throw TokenizerError(reading: error, subject: subject)
    }
  }

  /// Added tokens that the vocabulary does not have yet, by id.
  private func movedTokens() throws(TokenizerError) -> [AddedToken] {
    let moved = tokenizer.addedTokens.filter { tokenizer.vocabulary.id(Array($0.content.utf8)) == nil }
      .sorted { $0.id < $1.id }
    // One that is not found inside words must not be found there by the model.
    for token in moved where token.isSingleWord {
      guard try pieces(of: token.content).contains(token.content) else { continue }
      throw TokenizerError(
        .unsupported,
        "the added token \"\(token.content)\" is for whole words only and comes after the vocabulary, so no word can follow it",
        subject: subject)
    }
    return moved
  }

  private func appendWords(
    _ words: [VocabularyExtension.Entry], _ moved: [AddedToken], to model: JSON, _ edits: inout JSONInsertions
  ) throws {
    let vocabulary = try model.value("vocab")
    if let unigram = tokenizer.unigram {
      let scores = ExtensionScores(unigram).scores(words.map(\.token))
      let worst = unigram.worstScore
      edits.append(
        moved.map { "[\($0.content.quotedJSON),\(JSONValue.double(worst).text())]" }
          + zip(words, scores).map { "[\($0.token.quotedJSON),\(JSONValue.double($1).text())]" }, to: vocabulary)
    } else {
      edits.append(
        moved.map { "\($0.content.quotedJSON): \($0.id)" } + words.map { "\($0.token.quotedJSON): \($0.id)" },
        to: vocabulary)
    }
  }

  /// Tells a BPE model that pieces which are tokens stay whole.
  private func keepWholePieces(_ model: JSON, _ edits: inout JSONInsertions) {
    if let flag = model["ignore_merges"] {
      edits.replace(flag, by: "true")
    } else {
      edits.append(["\"ignore_merges\": true"], to: model)
    }
  }
}

/// Scores for new tokens of a Unigram model: each just above the best path that the word has without it, so that other
/// words change as little as can be; never below the worst old score, on which that of unknown characters rests.
struct ExtensionScores {
  private let model: Unigram
  /// By how much a token is better than what it replaces, for one scalar; it grows with the square of the length, so
  /// that a new token beats all that shorter new ones could make of it.
  private static let margin = 1e-5

  init(_ model: Unigram) { self.model = model }

  /// One score for each token, in their order.
  func scores(_ tokens: [String]) -> [Double] {
    var new: [[UInt8]: Double] = [:]
    var result = [Double](repeating: 0, count: tokens.count)
    // The longer ones see the shorter ones, whose place they take, too.
    for index in tokens.indices.sorted(by: { (tokens[$0].utf8.count, $0) < (tokens[$1].utf8.count, $1) }) {
      let bytes = Array(tokens[index].utf8)
      let length = Double(tokens[index].unicodeScalars.count)
      let score = max(bestScore(bytes, new) + Self.margin * length * length, model.worstScore)
      new[bytes] = score
      result[index] = score
    }
    return result
  }

  private func bestScore(_ bytes: [UInt8], _ new: [[UInt8]: Double]) -> Double {
    var best = [Double](repeating: -.infinity, count: bytes.count + 1)
    best[0] = 0
    let shortest = new.keys.reduce(Int.max) { min($0, $1.count) }
    let longest = new.keys.reduce(0) { max($0, $1.count) }
    var start = 0
    while start < bytes.count {
      let length = scalarLength(bytes[start])
      var hasSingle = false
      model.forEachToken(bytes, from: start) { end, score in
        best[end] = max(best[end], best[start] + score)
        if end - start == length { hasSingle = true }
      }
      if shortest <= longest {
        var end = start + shortest
        while end <= min(bytes.count, start + longest) {
          if let score = new[Array(bytes[start..<end])] { best[end] = max(best[end], best[start] + score) }
          end += 1
        }
      }
      if !hasSingle { best[start + length] = max(best[start + length], best[start] + model.unknownScore) }
      start += length
    }
    return best[bytes.count]
  }
}
