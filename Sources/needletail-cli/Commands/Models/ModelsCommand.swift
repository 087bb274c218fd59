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
    subcommands: [List.self, Pull.self, Info.self, Verify.self, Merge.self, Path.self], defaultSubcommand: List.self)

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
}
