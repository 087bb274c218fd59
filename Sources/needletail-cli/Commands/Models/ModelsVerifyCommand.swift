import ArgumentParser
import Needletail
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ModelsCommand {
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare models with their checksums, and their precisions with float32.",
      discussion: """
        Without a name the files of all models on this machine are compared with their checksums. Nothing is changed; \
        damaged files are fetched again by: needletail models pull --force OWNER/NAME.

        With a name, or a model folder, vectors in bf16 and int8 are compared with those in f32 too: on the bundled \
        passages and questions, or on the texts, pairs and collections that are given. Shown are the cosines between a \
        text's two vectors and the changes of Spearman's correlation and nDCG@10, in points of a hundred.

        Exit status 1 where something is wrong with the files.

        Example: needletail models verify sentence-transformers/all-MiniLM-L6-v2 --sts stsb-test.tsv --retrieval cranfield
        """)
    @Argument(help: "owner/name or a model folder; the files of all models where none is named.")
    var models: [String] = []
    @Option(help: ArgumentHelp("Compare the vectors of these texts, a line each or JSONL.", valueName: "file"))
    var texts: String?
    @Option(help: ArgumentHelp("Pairs of sentences with scores, as for eval sts; may be repeated.", valueName: "file"))
    var sts: [String] = []
    @Option(help: ArgumentHelp("A folder in the layout of BEIR; may be repeated.", valueName: "folder"))
    var retrieval: [String] = []
    @Option(help: ArgumentHelp("Threads that compute; all processors by default.", valueName: "n"))
    var threads: Int?
    @OptionGroup var output: OutputOptions

    func validate() throws {
      if let threads { try ModelOptions.checkThreads(threads) }
      guard !models.isEmpty || (texts == nil && sts.isEmpty && retrieval.isEmpty) else {
        throw ValidationError("name the model to compare precisions of")
      }
    }

    func run() async throws {
      let store = ModelStore()
      var names = models
      if names.isEmpty {
        for name in try store.list().map(\.name.description) where names.last != name { names.append(name) }
      }
      let comparison = models.isEmpty ? nil : try comparison()
      var rows: [JSONValue] = []
      var isSound = true
      for text in names {
        var members: [(key: String, value: JSONValue)] = []
        // Folders win over names, as everywhere in the program.
        if FileManager.default.fileExists(atPath: text) || text == "bundled" {
          members.append(("name", .string(text)))
        } else {
          let (name, report) = try await StoredName.find(text) { ($0.name, try await check($0.name, store)) }
          isSound = isSound && report.isSound
          if output.json { members += Self.members(name, report) } else { try show(name, report) }
          guard report.isSound else { continue }
        }
        if let comparison {
          let results = try await compare(text, comparison)
          if output.json {
            members.append(("precisions", .array(results.map(Self.row))))
          } else {
            try show(text, results)
          }
        }
        rows.append(.object(members))
      }
      if output.json {
        let value = JSONValue.object(["ok": .boolean(isSound), "models": .array(rows)])
        try StandardOutput.print(value.text(indented: true))
      }
      if !isSound { throw ExitCode(1) }
    }

    private func check(_ name: ModelName, _ store: ModelStore) async throws -> StoreReport {
      let quiet = output.quiet
      let bar = Mutex<ProgressBar?>(nil)
      defer { bar.withLock { $0?.finish() } }
      let report = try await store.verify(name) { done, total in
        bar.withLock { bar in
          let shown = bar ?? ProgressBar("verifying \(name)", total: total, unit: "B", quiet: quiet)
          shown.advance(to: done)
          bar = shown
        }
      }
      return report
    }

    private func show(_ name: ModelName, _ report: StoreReport) throws {
      let what = "\(Self.counted(report.checkedFiles, "file")), \(ByteText.short(report.checkedBytes))"
      try StandardOutput.print(
        "\(name): \(report.isSound ? "sound" : Self.counted(report.problems.count, "problem")) (\(what))")
      for problem in report.problems {
        try StandardOutput.print("  \(problem.kind.rawValue)  \(problem.path): \(problem.message)")
      }
      for path in report.unverifiable { try StandardOutput.print("  not checked  \(path): its name is no checksum") }
      for path in report.partialDownloads {
        try StandardOutput.print("  unfinished  \(path): the next pull goes on with it")
      }
    }

    private static func counted(_ count: Int, _ thing: String) -> String {
      "\(count) \(thing)\(count == 1 ? "" : "s")"
    }

    private static func members(_ name: ModelName, _ report: StoreReport) -> [(key: String, value: JSONValue)] {
      [
        ("name", .string(name.description)), ("ok", .boolean(report.isSound)),
        ("checked_files", .integer(report.checkedFiles)), ("checked_bytes", .integer(report.checkedBytes)),
        ("unverifiable", .array(report.unverifiable.map { .string($0) })),
        ("partial_downloads", .array(report.partialDownloads.map { .string($0) })),
        (
          "problems",
          .array(
            report.problems.map { problem in
              .object([
                "kind": .string(problem.kind.rawValue), "path": .string(problem.path),
                "message": .string(problem.message),
              ])
            })
        ),
      ]
    }
  }
}

/// The precisions of a model against its float32.
extension ModelsCommand.Verify {
  private func comparison() throws -> PrecisionComparison {
    var passages: [String] = []
    if let texts {
      let rows = try TextRows(contentsOf: texts)
      while let row = try rows.next() { passages.append(row.text) }
    }
    let similarity = try sts.map { file in
      (name: file, task: STSTask(pairs: try STSPairs(contentsOf: URL(filePath: file))))
    }
    var collections = try retrieval.map { folder in
      (name: folder, task: RetrievalTask(data: try RetrievalData(contentsOf: URL(filePath: folder))))
    }
    if texts == nil, sts.isEmpty, retrieval.isEmpty {
      collections = [("bundled", RetrievalTask(data: RetrievalData(try BundledCorpus())))]
    }
    return PrecisionComparison(texts: passages, similarity: similarity, retrieval: collections)
  }

  private func compare(_ model: String, _ comparison: PrecisionComparison) async throws -> [PrecisionComparison.Result]
  {
    let bar = ProgressBar(
      "comparing precisions", total: comparison.textCount * 3, unit: "texts", quiet: output.quiet)
    defer { bar.finish() }
    return try await comparison.run(ModelSource(model), team: ComputeTeam(threads: threads)) { bar.advance(to: $0) }
  }

  private func show(_ model: String, _ results: [PrecisionComparison.Result]) throws {
    guard let first = results.first else {
      return try StandardOutput.print("\(model): static, so that all precisions are one")
    }
    try StandardOutput.print("\(model): \(first.texts) texts against f32")
    let scores = first.similarity.map { "Spearman \($0.name)" } + first.retrieval.map { "nDCG@10 \($0.name)" }
    var rows = [["PRECISION", "MEAN COSINE", "LEAST COSINE"] + scores]
    for result in results {
      rows.append(
        [result.precision.rawValue, result.meanCosine.rounded(digits: 6), result.leastCosine.rounded(digits: 6)]
          + (result.similarity + result.retrieval).map { score in
            let change = (score.change * 100).rounded(digits: 2)
            return "\((score.score * 100).rounded(digits: 2)) (\(score.change < 0 ? "" : "+")\(change))"
          })
    }
    try printTable(rows)
  }

  private static func row(_ result: PrecisionComparison.Result) -> JSONValue {
    func scores(_ scores: [PrecisionComparison.Result.Score]) -> JSONValue {
      .array(
        scores.map { score in
          .object(["name": .string(score.name), "f32": .double(score.float32), "score": .double(score.score)])
        })
    }
    return .object([
      "precision": .string(result.precision.rawValue), "texts": .integer(result.texts),
      "mean_cosine": .double(result.meanCosine), "min_cosine": .double(result.leastCosine),
      "spearman": scores(result.similarity), "ndcg_at_10": scores(result.retrieval),
    ])
  }
}
