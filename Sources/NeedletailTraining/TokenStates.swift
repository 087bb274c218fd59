internal import NeedletailTensor
internal import NeedletailTokenizers

/// Sums of the states that every token of a vocabulary was seen with.
///
/// Sums are in double precision and in the order of the text, so the number of threads changes nothing.
struct TokenStates {
  let vocabulary: Int
  /// Features of a state; 0 until the first is seen.
  private(set) var width = 0
  /// How often tokens occurred in the corpus.
  private(set) var occurrences = 0
  private var counts: [Int]
  private var sums: [Double] = []
  private var aloneWeight = 0.0

  /// Texts that go through the teacher in one call.
  private static let batchSize = 512

  init(vocabulary: Int) {
    self.vocabulary = vocabulary
    counts = [Int](repeating: 0, count: vocabulary)
  }

  /// Adds the state of every token standing alone, which counts for `weight` occurrences.
  mutating func addAlone(
    _ teacher: StaticTeacher, weight: Double, progress: ((StaticDistillation.Stage) -> Void)?
  ) async throws {
    for start in stride(from: 0, to: vocabulary, by: Self.batchSize) {
      try Task.checkCancellation()
      let ids = start..<min(start + Self.batchSize, vocabulary)
      var batch = PackedTokens()
      for id in ids { teacher.append([Int32(id)], to: &batch) }
      for (id, state) in zip(ids, try await teacher.ownStates(of: batch)) {
        if sums.isEmpty {
          width = state.count
          sums = [Double](repeating: 0, count: vocabulary * width)
        }
        try add(state, to: id, weight: weight)
      }
      progress?(.tokens(done: ids.upperBound, of: vocabulary))
    }
    aloneWeight = weight
  }

  /// Adds the states of every token of a corpus.
  mutating func add(
    _ corpus: TextCorpus, _ teacher: StaticTeacher, maximumLength: Int,
    progress: ((StaticDistillation.Stage) -> Void)?
  ) async throws {
    let truncation = Truncation(maximumLength: maximumLength)
    var done = 0
    try await corpus.forEachBatch(of: Self.batchSize) { sentences in
      try Task.checkCancellation()
      var tokens = PackedTokens()
      try teacher.tokenizer.pack(
        sentences, options: EncodingOptions(addsSpecialTokens: false, truncation: truncation), into: &tokens)
      var batch = PackedTokens()
      for index in 0..<tokens.count { teacher.append(tokens.ids[tokens.range(index)], to: &batch) }
      for (index, states) in try await teacher.ownStates(of: batch).enumerated() {
        var start = states.startIndex
        for id in tokens.ids[tokens.range(index)] {
          try add(states[start..<min(start + width, states.endIndex)], to: Int(id), weight: 1)
          counts[Int(id)] += 1
          occurrences += 1
          start += width
        }
      }
      done += sentences.count
      progress?(.sentences(done))
    }
  }

  private mutating func add(_ state: ArraySlice<Float>, to id: Int, weight: Double) throws {
    guard state.count == width, id >= 0, id < vocabulary else {
      throw TrainingError(.teacher, "teacher", "gave \(state.count) features for token \(id), expected \(width)")
    }
    var position = id * width
    for value in state {
      sums[position] += weight * Double(value)
      position += 1
    }
  }

  /// Relative frequencies in the corpus.
  var frequencies: [Double] { counts.map { Double($0) / Double(max(occurrences, 1)) } }

  /// The mean state of every token times its weight, `[vocabulary, width]`.
  func means(weights: [Float]) -> Matrix {
    var means = Matrix(rows: vocabulary, columns: width)
    for id in 0..<vocabulary {
      let scale = Double(weights[id]) / (aloneWeight + Double(counts[id]))
      for position in id * width..<(id + 1) * width { means.values[position] = Float(sums[position] * scale) }
    }
    return means
  }
}
