import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ModelsCommand {
  /// `needletail models merge`: a model folder with adapters added to its weights.
  struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a model folder with low-rank adapters added to its weights.",
      usage: "needletail models merge <model> --adapter <folder[=weight]> ... --output <folder> [<options>]",
      discussion: """
        The folder is complete: it has everything of the base but its weights in other formats, which are named. Tensors \
        keep their types. A folder that holds an adapter and names its base needs no --adapter.

        Example: needletail models merge ./base --adapter ./lora --output merged
        """)
    @Argument(help: "A model folder, or owner/name[@revision] of a model on this machine.")
    var model: String

    @Option(
      help: ArgumentHelp(
        "The low-rank adapter to add, all of it or so much; may be given several times.",
        valueName: "folder[=weight]"))
    var adapter: [AdapterChoice] = []

    @Option(help: ArgumentHelp("Where the merged model is written.", valueName: "folder"))
    var output: String

    @Flag(help: "Replace a model folder that is in its place.")
    var force = false

    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
      let folder = URL(filePath: output)
      let merged = try MergedModel(ModelSource(model), adapters: adapter)
      let leftOut = try merged.write(to: folder, replacing: force)
      if !leftOut.isEmpty, !outputOptions.quiet {
        let names = leftOut.joined(separator: ", ")
        StandardError.warn("left out, as they hold the weights without the adapters: \(names)")
      }
      if outputOptions.json {
        let value = JSONValue.object([
          "path": .string(folder.path), "left_out": .array(leftOut.map { .string($0) }),
        ])
        try StandardOutput.print(value.text(indented: true))
      } else {
        try StandardOutput.print(folder.path)
      }
    }
  }
}
