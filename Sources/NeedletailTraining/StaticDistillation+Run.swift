public import NeedletailEmbedding
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension StaticDistillation {
  /// Distills a model and writes the static one as a sentence-transformers folder.
  ///
  ///     let teacher = try await Embedder(.folder(URL(filePath: "all-MiniLM-L6-v2")))
  ///     try await StaticDistillation().run(teacher: teacher, corpus: TextCorpus(files: [text]), output: folder)
  ///
  /// - Parameters:
  ///   - teacher: A transformer with a `tokenizer.json`.
  ///   - corpus: Text of the kind that the model will be used on; see ``TextCorpus``.
  ///   - output: Must not exist yet, or be empty; it appears when everything is in it.
  ///   - precision: How the table is stored.
  ///   - progress: Called now and then.
  /// - Returns: How many tokens and features the static model has.
  /// - Throws: ``TrainingError``, or what the teacher throws; `CancellationError` soon after the task is cancelled.
  @discardableResult
  public func run(
    teacher: Embedder, corpus: TextCorpus?, output: URL, precision: Precision = .float32,
    progress: ((Stage) -> Void)? = nil
  ) async throws -> (tokens: Int, dimensions: Int) {
    // Everything that can be wrong is found before the long work.
    try StaticModelFolder.checkVacant(output)
    let tokenizer = try Self.tokenizerFile(of: teacher)
    let states = try StaticTeacher(teacher)
    try check(teacher)
    let table = try await table(teacher: states, corpus: corpus, team: teacher.team, progress: progress)
    let folder = StaticModelFolder(table: table, tokenizer: tokenizer, recipe: recipe(teacher, corpus))
    try folder.write(to: output, precision: precision)
    return (table.rows, table.columns)
  }

  private func check(_ teacher: Embedder) throws(TrainingError) {
    guard let features = teacher.tokenStateFeatures else {
      throw TrainingError(.option, "teacher", "is a static model; name the folder of a transformer")
    }
    guard options.dimensions <= features else {
      throw TrainingError(
        .option, "dimensions \(options.dimensions)", "the teacher's token states have \(features) features")
    }
    if let limit = teacher.maximumLength, options.maximumLength > limit {
      throw TrainingError(
        .option, "maximum length \(options.maximumLength)", "the teacher takes \(limit) tokens at most")
    }
  }

  private static func tokenizerFile(of teacher: Embedder) throws(TrainingError) -> URL {
    guard let folder = teacher.folder else {
      throw TrainingError(.option, "teacher", "the bundled model is static already; name the folder of a transformer")
    }
    let places = [folder, folder.appending(path: "0_Transformer")].map { $0.appending(path: "tokenizer.json") }
    guard let file = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw TrainingError(
        .file, places[0].path, "is missing; a static folder needs it, so convert the teacher's vocabulary first")
    }
    return file
  }

  private func recipe(_ teacher: Embedder, _ corpus: TextCorpus?) -> [String] {
    let texts = corpus?.files.map(\.lastPathComponent).joined(separator: ", ")
    return [
      "Teacher: \(teacher.folder?.lastPathComponent ?? "unknown")",
      "Corpus: \(texts ?? "none (frequencies by Zipf's law in vocabulary order)")",
      "Weight of a token: a / (a + p), a = \(rarity(hasCorpus: corpus != nil)), p its relative frequency",
      "A token alone counts for \(options.aloneWeight) occurrences",
      "Principal axes of sentence vectors: \(options.dimensions), divided by variance to the power \(options.whitening / 2)",
    ]
  }
}
