public import ArgumentParser
import Needletail
public import NeedletailEmbedding
public import NeedletailTensor

/// Which model turns texts into vectors, and how.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model folder, or the name of a model that was pulled, as in owner/name[@revision].", valueName: "model"))
  var model = "bundled"

  @Option(help: "What a transformer's matrix products multiply.")
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp(
      """
      Add a low-rank adapter that PEFT saved, all of it or so much: a folder, or the name of one that the model's folder \
      has. May be given several times.
      """,
      valueName: "folder-or-name[=weight]"))
  var adapter: [AdapterArgument] = []

  @Option(help: ArgumentHelp("Put the model's prompt of this name before every text.", valueName: "name"))
  var prompt: String?

  @Option(help: ArgumentHelp("Put this text before every text.", valueName: "text"))
  var instruction: String?

  @Option(help: ArgumentHelp("Keep the first dimensions only.", valueName: "n"))
  var dimensions: Int?

  @Option(help: ArgumentHelp("Cut texts after this many tokens.", valueName: "n"))
  var maxLength: Int?

  @Option(help: ArgumentHelp("About how many tokens a thread computes at a time.", valueName: "n"))
  var batchTokens = EmbedderConfiguration().batchTokens

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads that compute; all processors by default.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    for (name, value) in [
      ("--dimensions", dimensions), ("--max-length", maxLength), ("--batch-tokens", batchTokens),
    ] {
      if let value, value < 1 { throw ValidationError("\(name) should be at least 1, found \(value)") }
    }
    if let threads { try Self.checkThreads(threads) }
    if prompt != nil, instruction != nil { throw ValidationError("give either --prompt or --instruction") }
  }

  static func checkThreads(_ threads: Int) throws {
    guard (1...ComputeTeam.maximumThreads).contains(threads) else {
      throw ValidationError("--threads should be 1 to \(ComputeTeam.maximumThreads), found \(threads)")
    }
  }

  /// What these options change about the model's own settings.
  var configuration: EmbedderConfiguration {
    var configuration = EmbedderConfiguration()
    if let prompt { configuration.prompt = .named(prompt) }
    if let instruction { configuration.prompt = .text(instruction) }
    configuration.dimensions = dimensions
    configuration.maximumLength = maxLength
    configuration.batchTokens = batchTokens
    configuration.precision = precision
    configuration.adapters = adapter.compactMap(\.folder)
    configuration.chosenAdapters = adapter.filter { $0.folder == nil }.map(\.choice)
    return configuration
  }

  /// Loads the model; what it assumed is said on standard error.
  ///
  /// - Parameter layer: The layer whose states are pooled; `nil` for the last.
  func embedder(layer: Int? = nil, quiet: Bool = false) async throws -> Embedder {
    var configuration = configuration
    configuration.layer = layer
    let embedder = try await Embedder(
      ModelSource(model), configuration: configuration, team: ComputeTeam(threads: threads))
    if let warning = embedder.warning, !quiet { StandardError.warn(warning) }
    return embedder
  }
}

extension Precision: ExpressibleByArgument {}

extension TextRole: ExpressibleByArgument {}
