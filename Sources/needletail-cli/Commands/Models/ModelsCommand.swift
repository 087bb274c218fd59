import ArgumentParser
import Needletail
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail models`: what is in the store, and how it gets there.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List, download, check and describe models.",
    discussion: """
      Models are kept where Python's huggingface_hub keeps them, and each finds what the other fetched. The environment \
      decides where that is and which hub is asked: HF_HUB_CACHE, HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE.
      """,
    subcommands: [List.self, Pull.self, Info.self, Verify.self, Path.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the models on this machine.")
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let store = ModelStore()
      let models = try store.list()
      if output.json {
        try StandardOutput.print(JSONValue.array(models.map(Self.row)).text(indented: true))
        return
      }
      guard !models.isEmpty else {
        try StandardOutput.print("No models in \(store.folder.path). Get one with: needletail models pull OWNER/NAME")
        return
      }
      let rows = models.map { model in
        [
          model.name.description, String(model.commit.prefix(8)), model.revisions.joined(separator: ","),
          ByteText.short(model.size), model.isComplete ? model.kind.rawValue : "incomplete",
          model.lastUse.map { String($0.formatted(.iso8601).prefix(10)) } ?? "-",
        ]
      }
      try printTable([["MODEL", "COMMIT", "REVISIONS", "SIZE", "KIND", "LAST USE"]] + rows)
    }

    private static func row(_ model: StoredModel) -> JSONValue {
      .object([
        "name": .string(model.name.description), "commit": .string(model.commit),
        "revisions": .array(model.revisions.map { .string($0) }), "size_bytes": .integer(model.size),
        "file_count": .integer(model.fileCount), "kind": .string(model.kind.rawValue),
        "complete": .boolean(model.isComplete),
        "last_used": model.lastUse.map { .string($0.formatted(.iso8601)) } ?? .null,
        "path": .string(model.folder.path),
      ])
    }
  }

  struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a model, or what is missing of it.",
      discussion:
        "Only the files that running the model needs are fetched. A download that was cut goes on where it was.")
    @Argument(help: "owner/name, or owner/name@revision for a branch, tag or commit.")
    var model: String
    @Flag(help: "Compare the files that are here with their checksums, and fetch again what is damaged.")
    var force = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let reference = try StoredName.reference(model)
      let quiet = output.quiet
      let bar = Mutex<ProgressBar?>(nil)
      defer { bar.withLock { $0?.finish() } }
      let folder = try await ModelStore().pull(
        reference.name, revision: reference.revision, repairs: force,
        progress: { step in
          bar.withLock { bar in
            let shown = bar ?? ProgressBar("pulling \(reference)", total: step.totalBytes, unit: "B", quiet: quiet)
            shown.advance(to: step.completedBytes)
            bar = shown
          }
        },
        delay: { delay in
          guard !quiet else { return }
          bar.withLock { $0?.finish() }
          let seconds = max(1, Int((delay.duration / .seconds(1)).rounded()))
          StandardError.warn("\(delay.reason); trying again in \(seconds) s")
        })
      if output.json {
        let value = JSONValue.object([
          "name": .string(reference.name.description), "revision": .string(reference.revision.description),
          "commit": .string(folder.lastPathComponent), "path": .string(folder.path),
        ])
        try StandardOutput.print(value.text(indented: true))
      } else {
        try StandardOutput.print(folder.path)
      }
    }
  }

  struct Path: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the folder of a model that is on this machine.")
    @Argument(help: "owner/name, or owner/name@revision.")
    var model: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
      let folder = try await StoredName.find(model) {
        try ModelStore().path(of: $0.name, revision: $0.revision)
      }
      try StandardOutput.print(
        output.json ? JSONValue.object(["path": .string(folder.path)]).text(indented: true) : folder.path)
    }
  }

  struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Describe a model from its files, without loading it.")
    @Argument(help: "A model folder, owner/name[@revision] of a model on this machine, or bundled.")
    var model: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
      // Folders win over names, as everywhere in the program.
      guard let folder = try ModelSource(model).folder() else { return try await showBundled() }
      let summary = try ModelSummary(of: folder)
      if output.json { try StandardOutput.print(Self.json(summary).text(indented: true)) } else { try show(summary) }
    }

    private func showBundled() async throws {
      let embedder = try await Embedder(.bundled)
      let tokens = embedder.tokenizer.vocabularySize
      if output.json {
        let value = JSONValue.object([
          "path": .null, "kind": .string("static"), "parameters": .integer(tokens * embedder.dimension),
          "dimensions": .integer(embedder.dimension), "vocabulary_size": .integer(tokens), "max_length": .null,
        ])
        try StandardOutput.print(value.text(indented: true))
      } else {
        try printTable([
          ["kind", "static, inside the program"], ["parameters", "\(tokens * embedder.dimension) (I8)"],
          ["dimensions", "\(embedder.dimension)"], ["vocabulary", "\(tokens)"], ["maximum length", "-"],
        ])
      }
    }

    private func show(_ summary: ModelSummary) throws {
      let types = summary.parametersByType.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
      var rows = [
        ["kind", summary.kind.rawValue], ["family", summary.family ?? "-"],
        ["modules", summary.modules.isEmpty ? "-" : summary.modules.joined(separator: " → ")],
        ["parameters", "\(summary.parameters) (\(types.joined(separator: ", ")))"],
        ["dimensions", Self.text(summary.dimensions)], ["layers", Self.text(summary.layers)],
        ["vocabulary", Self.text(summary.vocabularySize)], ["maximum length", Self.text(summary.maximumLength)],
        ["pooling", summary.pooling.isEmpty ? "-" : summary.pooling.joined(separator: ", ")],
      ]
      rows += summary.prompts.map { prompt in
        let isDefault = prompt.name == summary.defaultPrompt ? " (default)" : ""
        return ["prompt \(prompt.name)\(isDefault)", JSONValue.string(prompt.text).text()]
      }
      rows += summary.files.map { ["file \($0.path)", ByteText.short($0.size)] }
      rows.append(["folder", summary.folder.path])
      try printTable(rows)
    }

    private static func text(_ number: Int?) -> String { number.map(String.init) ?? "-" }
    private static func value(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }

    static func json(_ summary: ModelSummary) -> JSONValue {
      .object([
        "path": .string(summary.folder.path), "kind": .string(summary.kind.rawValue),
        "family": summary.family.map { .string($0) } ?? .null,
        "modules": .array(summary.modules.map { .string($0) }), "parameters": .integer(summary.parameters),
        "parameters_by_type": .object(
          summary.parametersByType.sorted { $0.key < $1.key }.map { (key: $0.key, value: .integer($0.value)) }),
        "dimensions": value(summary.dimensions), "layers": value(summary.layers),
        "vocabulary_size": value(summary.vocabularySize), "max_length": value(summary.maximumLength),
        "pooling": .array(summary.pooling.map { .string($0) }),
        "prompts": .object(summary.prompts.map { (key: $0.name, value: .string($0.text)) }),
        "default_prompt": summary.defaultPrompt.map { .string($0) } ?? .null,
        "files": .array(
          summary.files.map { .object(["path": .string($0.path), "size_bytes": .integer($0.size)]) }),
      ])
    }
  }
}
