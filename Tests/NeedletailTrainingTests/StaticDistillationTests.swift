import NeedletailJSON
import NeedletailTensor
import NeedletailTestSupport
import NeedletailTokenizers
import NeedletailTraining
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `Fixtures/distillation.json`: a teacher that is a formula, and what numpy 2.4.6 distills from it.
struct DistillationFixture: Sendable {
  let vocabulary: [String]
  let width: Int
  let base: [Double]
  let corpus: String
  let options: StaticDistillation.Options
  let withCorpus: [Double]
  let withoutCorpus: [Double]

  init() throws {
    let file = SharedData.repository.appending(path: "Tests/NeedletailTrainingTests/Fixtures/distillation.json")
    let root = try JSONDocument(parsing: Array(Data(contentsOf: file)), subject: file.path).root
    func numbers(_ key: String) throws -> [Double] { try root.value(key).elements.compactMap(\.double) }
    vocabulary = try root.value("vocabulary").elements.compactMap(\.string)
    width = try root.integer("width")
    base = try numbers("base")
    corpus = try root.string("corpus")
    var options = StaticDistillation.Options()
    let chosen = try root.value("options")
    options.dimensions = try chosen.integer("dimensions")
    options.rarity = try chosen.double("rarity")
    options.aloneWeight = try chosen.double("alone_weight")
    options.whitening = try chosen.double("whitening")
    options.maximumLength = try chosen.integer("maximum_length")
    self.options = options
    withCorpus = try numbers("with_corpus")
    withoutCorpus = try numbers("without_corpus")
  }

  /// The state of a token: its row plus a quarter of the mean row of its text.
  func states(of tokens: PackedTokens) -> [Matrix] {
    (0..<tokens.count).map { text in
      let ids = tokens.ids[tokens.range(text)].map(Int.init)
      var values: [Float] = []
      let mean = (0..<width).map { feature in
        ids.reduce(0.0) { $0 + base[$1 * width + feature] } / Double(ids.count)
      }
      for id in ids {
        for feature in 0..<width { values.append(Float(base[id * width + feature] + 0.25 * mean[feature])) }
      }
      return Matrix(rows: ids.count, columns: width, values: values)
    }
  }

  func teacher(in folder: URL) throws -> StaticTeacher {
    let file = folder.appending(path: "vocab.txt")
    try Data((vocabulary.joined(separator: "\n") + "\n").utf8).write(to: file)
    return try StaticTeacher(tokenizer: Tokenizer(contentsOf: file)) { states(of: $0) }
  }

  func corpus(in folder: URL) throws -> TextCorpus {
    let file = folder.appending(path: "corpus.txt")
    try Data(corpus.utf8).write(to: file)
    return TextCorpus(files: [file])
  }
}

/// Runs `body` with a new folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "needletail-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}

@Suite("Static distillation")
struct StaticDistillationTests {
  let fixture: DistillationFixture

  init() throws { fixture = try DistillationFixture() }

  private func largestDifference(_ table: Matrix, _ expected: [Double]) -> Double {
    zip(table.values, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
  }

  @Test("the table is what numpy computes by the same recipe, to 1e-5", arguments: [true, false])
  func matchesReference(_ usesCorpus: Bool) async throws {
    try await withTemporaryFolder { folder in
      let table = try await StaticDistillation(options: fixture.options).table(
        teacher: fixture.teacher(in: folder), corpus: usesCorpus ? fixture.corpus(in: folder) : nil,
        team: ComputeTeam(threads: 2))
      #expect(table.rows == fixture.vocabulary.count)
      #expect(table.columns == fixture.options.dimensions)
      #expect(largestDifference(table, usesCorpus ? fixture.withCorpus : fixture.withoutCorpus) < 1e-5)
    }
  }

  @Test("the table is the same bits on 1, 2 and 4 threads")
  func threads() async throws {
    try await withTemporaryFolder { folder in
      let teacher = try fixture.teacher(in: folder)
      let file = folder.appending(path: "long.txt")
      try Data(String(repeating: fixture.corpus, count: 30).utf8).write(to: file)
      var tables: [Matrix] = []
      for threads in [1, 2, 4] {
        tables.append(
          try await StaticDistillation(options: fixture.options).table(
            teacher: teacher, corpus: TextCorpus(files: [file]), team: ComputeTeam(threads: threads)))
      }
      #expect(tables[0] == tables[1])
      #expect(tables[0] == tables[2])
    }
  }

  @Test("JSONL and plain text of the same sentences give the same table")
  func formats() async throws {
    try await withTemporaryFolder { folder in
      let teacher = try fixture.teacher(in: folder)
      let file = folder.appending(path: "corpus.jsonl")
      let rows = fixture.corpus.split(separator: "\n").enumerated().map { index, line in
        (index.isMultiple(of: 2) ? JSONValue.string(String(line)) : .object(["text": .string(String(line))])).text()
      }
      try Data(rows.joined(separator: "\n").utf8).write(to: file)
      let distillation = try StaticDistillation(options: fixture.options)
      let team = ComputeTeam(threads: 2)
      let plain = try await distillation.table(teacher: teacher, corpus: fixture.corpus(in: folder), team: team)
      let json = try await distillation.table(teacher: teacher, corpus: TextCorpus(files: [file]), team: team)
      #expect(plain == json)
    }
  }

  @Test("a malformed or empty corpus, a missing file and too many dimensions are errors")
  func errors() async throws {
    try await withTemporaryFolder { folder in
      let teacher = try fixture.teacher(in: folder)
      func failure(_ name: String, _ content: String?, dimensions: Int = 4) async -> TrainingError? {
        await #expect(throws: TrainingError.self) {
          let file = folder.appending(path: name)
          if let content { try Data(content.utf8).write(to: file) }
          var options = fixture.options
          options.dimensions = dimensions
          _ = try await StaticDistillation(options: options).table(
            teacher: teacher, corpus: TextCorpus(files: [file]), team: ComputeTeam(threads: 1))
        }
      }
      let malformed = await failure("bad.jsonl", "\"fine words\"\n{\"txt\": 1}\n")
      #expect(malformed?.code == .malformed)
      #expect(malformed?.subject.hasSuffix("bad.jsonl:2") == true)
      #expect(await failure("empty.txt", " \n\n")?.code == .empty)
      #expect(await failure("same.txt", "swift\nswift\n")?.code == .empty)
      #expect(await failure("missing.txt", nil)?.code == .file)
      #expect(await failure("wide.txt", fixture.corpus, dimensions: 11)?.code == .option)
    }
  }

  @Test("a teacher that gives odd states is an error, not a crash")
  func oddTeacher() async throws {
    try await withTemporaryFolder { folder in
      let tokenizer = try fixture.teacher(in: folder).tokenizer
      let answers: [@Sendable (PackedTokens) -> [Matrix]] = [
        { _ in [] }, { tokens in (0..<tokens.count).map { _ in Matrix(rows: 1, columns: 3) } },
        { tokens in
          (0..<tokens.count).map {
            Matrix(rows: 3, columns: $0 + 1, values: [Float](repeating: 1, count: 3 * ($0 + 1)))
          }
        },
        { tokens in (0..<tokens.count).map { _ in Matrix(rows: 3, columns: 1, values: [0, .nan, 0]) } },
      ]
      for answer in answers {
        let error = await #expect(throws: TrainingError.self) {
          let teacher = try StaticTeacher(tokenizer: tokenizer) { answer($0) }
          _ = try await StaticDistillation(options: fixture.options).table(
            teacher: teacher, corpus: nil, team: ComputeTeam(threads: 1))
        }
        #expect(error?.code == .teacher)
      }
    }
  }

  @Test("options outside their range are errors")
  func options() {
    let changes: [(inout StaticDistillation.Options) -> Void] = [
      { $0.dimensions = 0 }, { $0.rarity = 0 }, { $0.rarity = .nan }, { $0.aloneWeight = -1 }, { $0.whitening = 1.5 },
      { $0.whitening = .nan }, { $0.maximumLength = 0 },
    ]
    for change in changes {
      var options = StaticDistillation.Options()
      change(&options)
      let error = #expect(throws: TrainingError.self) { try StaticDistillation(options: options) }
      #expect(error?.code == .option)
    }
  }
}
