internal import NeedletailJSON
package import NeedletailTensor

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A static model as a sentence-transformers folder: `modules.json` with StaticEmbedding and Normalize, the table under
/// `0_StaticEmbedding` and the tokenizer beside it.
///
/// The float32 form is what Python's `StaticEmbedding` loads. The int8 form holds `embedding.weight` as int8 and
/// `embedding.scale` as float32, one a row: row i stands for scale[i] · weight[i], each number within half a step of the
/// float32 one.
package struct StaticModelFolder {
  /// `[vocabulary, dimensions]`.
  package let table: Matrix
  /// The teacher's `tokenizer.json`.
  package let tokenizer: URL
  /// What the model card says about the making, one item a line.
  package let recipe: [String]

  package init(table: Matrix, tokenizer: URL, recipe: [String]) {
    self.table = table
    self.tokenizer = tokenizer
    self.recipe = recipe
  }

  /// Writes the folder beside its place and moves it there when it is complete.
  ///
  /// - Parameters:
  ///   - folder: Must not exist yet, or be empty.
  ///   - precision: How the table is stored.
  /// - Throws: ``TrainingError`` with code `.file`.
  package func write(to folder: URL, precision: StaticDistillation.Precision) throws(TrainingError) {
    try Self.checkVacant(folder)
    let tokenizer = try tokenizerJSON()
    let partial = folder.deletingLastPathComponent().appending(
      path: ".\(folder.lastPathComponent).partial-\(ProcessInfo.processInfo.processIdentifier)")
    let files = FileManager.default
    do {
      defer { try? files.removeItem(at: partial) }
      let module = partial.appending(path: "0_StaticEmbedding")
      try files.createDirectory(at: module, withIntermediateDirectories: true)
      try writeTable(precision, to: module.appending(path: "model.safetensors").path)
      for (path, text) in [
        ("0_StaticEmbedding/tokenizer.json", tokenizer),
        ("modules.json", Self.modules.text(indented: true) + "\n"),
        ("config_sentence_transformers.json", Self.settings.text(indented: true) + "\n"),
        ("README.md", card(precision)),
      ] {
        let file = try OutputFile(partial.appending(path: path).path)
        try file.append(text.utf8)
        try file.commit()
      }
      // An empty folder in its place is replaced, anything else is not.
      guard unsafe rename(partial.path, folder.path) == 0 else {
        throw TrainingError(.file, folder.path, "cannot get its name: \(unsafe String(cString: strerror(errno)))")
      }
    } catch let error as TrainingError { throw error } catch {
      throw TrainingError(.file, folder.path, "cannot be written", cause: error)
    }
  }

  /// Checks that nothing would be overwritten.
  ///
  /// - Throws: ``TrainingError`` with code `.file`.
  package static func checkVacant(_ folder: URL) throws(TrainingError) {
    guard FileManager.default.fileExists(atPath: folder.path) else { return }
    let contents: [String]
    do { contents = try FileManager.default.contentsOfDirectory(atPath: folder.path) } catch {
      throw TrainingError(.file, folder.path, "is in the way: it is not a folder", cause: error)
    }
    guard contents.isEmpty else {
      throw TrainingError(.file, folder.path, "exists and is not empty; choose another folder or remove it")
    }
  }

  // MARK: parts

  /// The widest elements come first, so that all of them are aligned.
  private func writeTable(_ precision: StaticDistillation.Precision, to path: String) throws {
    let writer = try SafetensorsWriter(path)
    let shape = [table.rows, table.columns]
    switch precision {
    case .float32: try writer.append("embedding.weight", table.values, shape: shape)
    case .int8:
      var bytes: [Int8] = []
      bytes.reserveCapacity(table.values.count)
      var scales: [Float] = []
      for row in 0..<table.rows {
        let values = table[row: row]
        let scale = values.reduce(0) { max($0, $1.magnitude) } / 127
        scales.append(scale)
        for value in values {
          // Where all numbers are tiny, the scale itself is rounded, and a quotient can be as large as 190.
          let step = scale > 0 ? (value / scale).rounded(.toNearestOrEven) : 0
          bytes.append(Int8(min(max(step, -127), 127)))
        }
      }
      try writer.append("embedding.scale", scales, shape: [table.rows])
      try writer.append("embedding.weight", bytes, shape: shape)
    }
    try writer.finish()
  }

  /// The teacher's tokenizer without the truncation and padding that are baked into it: a static model has no limit.
  private func tokenizerJSON() throws(TrainingError) -> String {
    do {
      let bytes = try RegularFile.bytes(tokenizer.path, name: tokenizer.path, limit: 256 << 20)
      let root = try JSONDocument(parsing: bytes, subject: tokenizer.path).root
      let members = try root.expect(.object, "tokenizer.json").members.map { key, value in
        let name = String(decoding: key, as: UTF8.self)
        return (key: name, value: name == "truncation" || name == "padding" ? .null : JSONValue(copying: value))
      }
      return JSONValue.object(members).text()
    } catch {
      throw TrainingError(
        .file, tokenizer.path, "the teacher's tokenizer.json is needed and cannot be read: \(error)", cause: error)
    }
  }

  private static let modules = JSONValue.array([
    module(0, path: "0_StaticEmbedding", type: "StaticEmbedding"), module(1, path: "1_Normalize", type: "Normalize"),
  ])

  /// The type names of sentence-transformers 3.2 to 5, which later versions still accept.
  private static func module(_ index: Int, path: String, type: String) -> JSONValue {
    .object([
      (key: "idx", value: .integer(index)), (key: "name", value: .string(String(index))),
      (key: "path", value: .string(path)), (key: "type", value: .string("sentence_transformers.models.\(type)")),
    ])
  }

  private static let settings = JSONValue.object([
    (key: "prompts", value: .object([])), (key: "default_prompt_name", value: .null),
    (key: "similarity_fn_name", value: .string("cosine")),
  ])

  private func card(_ precision: StaticDistillation.Precision) -> String {
    let storage =
      precision == .float32
      ? "float32; opens in sentence-transformers 3.2 and later as well as in Needletail."
      : "int8 rows `embedding.weight` with float32 scales `embedding.scale`; opens in Needletail."
    return """
      ---
      tags: [sentence-transformers, static-embeddings, needletail]
      ---

      # A static embedding model

      \(table.rows) tokens, \(table.columns) features. A text's vector is the mean of its tokens' rows, at length 1.

      Stored as \(storage)

      ## How it was made

      \(recipe.map { "- \($0)" }.joined(separator: "\n"))

      """
  }
}
