import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ModelsCommand {
  /// `needletail models info`: what a model is, what it needs, and what of its folder is not used.
  struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Describe a model from its files, without loading it.",
      discussion: """
        Says what the model is, what memory its weights take at each precision, which heads the checkpoint has, and \
        what of the folder has no effect. A model that does not load here is described as far as its files tell, with \
        the reason.
        """)
    @Argument(help: "A model folder, owner/name[@revision] of a model on this machine, or bundled.")
    var model: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
      // Folders win over names, as everywhere in the program.
      let folder = try ModelSource(model).folder()
      let report = if let folder { try await ModelReport(of: folder) } else { try ModelReport.bundled() }
      if output.json {
        try StandardOutput.print(report.json.text(indented: true))
      } else {
        try printTable(report.rows.map { $0.map(StandardError.oneLine) })
      }
    }
  }
}

extension ModelReport {
  /// The report as a table.
  fileprivate var rows: [[String]] {
    let types = parametersByType.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    var rows = [
      ["kind", folder == nil ? "static, inside the program" : kind.rawValue],
      ["family", modelType.map { "\(family) (model_type \($0))" } ?? family],
      ["loads", refusal.map { "no: \($0)" } ?? "yes"],
    ]
    if let warning { rows.append(["assumed", warning]) }
    rows += [
      ["modules", modules.isEmpty ? "-" : modules.joined(separator: " → ")],
      ["architectures", architectures.isEmpty ? "-" : architectures.joined(separator: ", ")],
      ["parameters", "\(parameters) (\(types.joined(separator: ", ")))"],
      ["active parameters", Self.text(activeParameters)],
    ]
    rows += memory.map { ["memory at \($0.precision.rawValue)", ByteText.short($0.bytes)] }
    rows += [
      ["context length", Self.text(contextLength)], ["maximum length", Self.text(maximumLength)],
      ["dimensions", Self.text(dimension)], ["normalized", normalizes.map { $0 ? "yes" : "no" } ?? "-"],
      ["layers", Self.text(layers)], ["vocabulary", Self.text(vocabularySize)],
      ["pooling", pooling.isEmpty ? "-" : pooling.joined(separator: ", ")],
    ]
    rows += prompts.map { prompt in
      [
        "prompt \(prompt.name)\(prompt.name == defaultPrompt ? " (default)" : "")",
        JSONValue.string(prompt.text).text(),
      ]
    }
    rows += adapters.map { ["adapter", $0] }
    if let chatTemplate { rows.append(["chat template", chatTemplate]) }
    rows += heads.map { head in
      let labels = head.labels.isEmpty ? "" : ": \(Self.some(head.labels))"
      return ["head", "\(head.kind.rawValue), \(head.parameters) parameters\(labels)"]
    }
    rows.append(["license", license ?? "-"])
    rows += files.map { ["file \($0.path)", ByteText.short($0.size)] }
    if let ignored { rows += Self.rows(ignored) }
    if let folder { rows.append(["folder", folder.path]) }
    return rows
  }

  private static func rows(_ ignored: Ignored) -> [[String]] {
    var rows = ignored.files.map { ["not read: file", "\($0.path) (\(ByteText.short($0.size)))"] }
    let files = Dictionary(grouping: ignored.tensors, by: \.file).sorted { $0.key < $1.key }
    rows += files.flatMap { file, tensors in
      tensors.map { ["not read: tensor", "\(file): \($0.name) (\($0.parameters) numbers)"] }
    }
    rows += ignored.keys.map { ["not read: keys", "\($0.file): \($0.keys.joined(separator: ", "))"] }
    return rows
  }

  private static func text(_ number: Int?) -> String { number.map(String.init) ?? "-" }

  /// The first of many labels.
  private static func some(_ labels: [String]) -> String {
    labels.count <= 10
      ? labels.joined(separator: ", ") : "\(labels.prefix(10).joined(separator: ", ")) and \(labels.count - 10) more"
  }

  /// The report as one object; `null` for what is not known, and for what has no limit.
  fileprivate var json: JSONValue {
    .object([
      "path": Self.value(folder?.path), "kind": .string(kind.rawValue), "family": Self.value(modelType),
      "family_name": .string(family), "supported": .boolean(refusal == nil), "refusal": Self.value(refusal),
      "warning": Self.value(warning), "modules": Self.values(modules), "architectures": Self.values(architectures),
      "parameters": .integer(parameters), "active_parameters": Self.value(activeParameters),
      "parameters_by_type": Self.object(parametersByType.sorted { $0.key < $1.key }),
      "memory_bytes": Self.object(memory.map { (key: $0.precision.rawValue, value: $0.bytes) }),
      "context_length": Self.value(contextLength), "max_length": Self.value(maximumLength),
      "dimensions": Self.value(dimension), "normalized": Self.value(normalizes),
      "layers": Self.value(layers), "vocabulary_size": Self.value(vocabularySize), "pooling": Self.values(pooling),
      "prompts": .object(prompts.map { (key: $0.name, value: .string($0.text)) }),
      "default_prompt": Self.value(defaultPrompt), "chat_template": Self.value(chatTemplate),
      "adapters": Self.values(adapters), "heads": .array(heads.map(Self.value)), "license": Self.value(license),
      "files": Self.value(files),
      "ignored": Self.value(ignored),
    ])
  }

  /// The licences as one text.
  private var license: String? { licenses.isEmpty ? nil : licenses.joined(separator: ", ") }

  private static func value(_ head: ModelHead) -> JSONValue {
    .object([
      "kind": .string(head.kind.rawValue), "parameters": .integer(head.parameters), "labels": values(head.labels),
    ])
  }

  private static func value(_ ignored: Ignored?) -> JSONValue {
    guard let ignored else { return .null }
    let tensors = ignored.tensors.map { tensor in
      JSONValue.object([
        "file": .string(tensor.file), "name": .string(tensor.name), "parameters": .integer(tensor.parameters),
      ])
    }
    return .object([
      "tensors": .array(tensors), "files": value(ignored.files),
      "keys": .object(ignored.keys.map { (key: $0.file, value: values($0.keys)) }),
    ])
  }

  private static func value(_ files: [(path: String, size: Int)]) -> JSONValue {
    .array(files.map { .object(["path": .string($0.path), "size_bytes": .integer($0.size)]) })
  }

  private static func object(_ numbers: [(key: String, value: Int)]) -> JSONValue {
    .object(numbers.map { (key: $0.key, value: .integer($0.value)) })
  }

  private static func value(_ flag: Bool?) -> JSONValue { flag.map { .boolean($0) } ?? .null }
  private static func value(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
  private static func value(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }
  private static func values(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
