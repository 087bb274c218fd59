import ArgumentParser
import Needletail
import NeedletailTensor

/// `needletail embed`: texts in, vectors out.
struct EmbedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Turn texts into vectors.",
    usage: "needletail embed [<options>] [<text> ...]",
    discussion: """
      Input is a text a line, or JSONL: strings, or objects with "text" and perhaps "id" (BEIR's "_id" and "title" are \
      understood, too). Output keeps the order. It is written to a hidden file beside its place first, and gets its name \
      when it is complete.

      Formats: jsonl {"id", "embedding"} a line; tsv the id and the values; npy float32 [count, dimension]; safetensors \
      the same as the tensor "embeddings", or with --tokens and --all-layers a tensor a text, named by its position.

      A model of sparse vectors gives {"id", "indices", "values"} a line; one with a vector for each token a tensor a \
      text in safetensors.

      Examples:
        needletail embed "A swift in flight"
        needletail embed --input texts.jsonl --output vectors.npy
        zcat corpus.jsonl.gz | needletail embed --input - --format tsv > vectors.tsv
      """)

  @Argument(help: ArgumentHelp("Texts; without any, they come from --input.", valueName: "text"))
  var texts: [String] = []

  @Option(help: ArgumentHelp("Read texts from a file; - is standard input, and the default.", valueName: "file"))
  var input: String?

  @Option(help: "How input is read; by default as its name ends, else as its first line looks.")
  var inputFormat: InputFormat?

  @Option(help: ArgumentHelp("Write to a file; - is standard output.", valueName: "file"))
  var output = "-"

  @Option(help: "How vectors are written; by default as the output's name ends, else jsonl.")
  var format: VectorFormat?

  @Flag(help: "Write the states of all tokens, [tokens, hidden], in place of one vector a text.")
  var tokens = false

  @Flag(help: "Write the states of all tokens after every layer, [layers, tokens, hidden].")
  var allLayers = false

  @Flag(help: "Write the words of sparse vectors, too.")
  var words = false

  @Option(help: "What texts are for: models may treat queries and documents differently.")
  var role = TextRole.plain

  @OptionGroup var model: ModelOptions

  @Flag(help: "Write JSON lines; the same as --format jsonl.")
  var json = false

  @Flag(help: "Show neither progress nor remarks.")
  var quiet = false

  /// Texts that are held at a time.
  private static let textsAtATime = 4096
  /// Texts whose token states are held at a time.
  private static let statesAtATime = 128

  func validate() throws {
    guard texts.isEmpty || texts == ["-"] || input == nil else {
      throw ValidationError("give texts either as arguments or by --input")
    }
    if json, let format, format != .jsonl { throw ValidationError("--json and --format \(format.rawValue) differ") }
    let format = chosenFormat
    if wantsStates, format != .safetensors {
      throw ValidationError("--tokens and --all-layers need --format safetensors")
    }
    if wantsStates, model.dimensions != nil {
      throw ValidationError("--dimensions cuts vectors of texts, not the states of --tokens and --all-layers")
    }
    guard let format else {
      throw ValidationError("the name \(output) does not tell a format; give one by --format")
    }
    if output == "-", StandardOutput.isTerminal, format == .npy || format == .safetensors {
      throw ValidationError("\(format.rawValue) is no text for a terminal; give a file by --output")
    }
  }

  func run() async throws {
    var source: TextBatches =
      texts.isEmpty || texts == ["-"]
      ? .rows(try TextRows(contentsOf: input ?? "-", format: inputFormat?.rows)) : .arguments(texts)
    switch try ModelSource(model.model).form() {
    case .dense: break
    case .sparse: return try await writeSparse(&source)
    case .multiVector: return try await writeMultiVectors(&source)
    }
    if words { throw ValidationError("--words needs a model of sparse vectors") }
    let embedder = try await model.embedder(quiet: quiet)
    let writer = try VectorWriter(
      output, format: chosenFormat ?? .jsonl, columns: wantsStates ? nil : embedder.dimension)
    let bar = ProgressBar("embedding", total: source.count, unit: "texts", quiet: quiet)
    defer { bar.finish() }
    var done = 0
    while true {
      try Task.checkCancellation()
      let (before, from) = (done, source.fraction)
      let rows = try source.next(wantsStates ? Self.statesAtATime : Self.textsAtATime)
      guard !rows.isEmpty else { break }
      let upTo = source.fraction
      let advance: @Sendable (Int) -> Void = { count in
        let part = Double(count) / Double(rows.count)
        bar.advance(to: before + count, fraction: from.flatMap { from in upTo.map { from + ($0 - from) * part } })
      }
      let texts = rows.map(\.text)
      if wantsStates {
        try writer.append(try await embedder.tokenStates(texts, as: role, allLayers: allLayers), stacked: allLayers)
      } else {
        let vectors = try await embedder.embed(texts, as: role, progress: advance)
        try await writer.append(vectors, ids: rows.map(\.id), team: embedder.team)
      }
      done += rows.count
      advance(rows.count)
    }
    try writer.finish()
  }

  /// Whether the states of tokens are asked for, not vectors.
  private var wantsStates: Bool { tokens || allLayers }

  /// The format that was asked for, or that the output's name tells; the usual one for standard output and names that
  /// have no ending; `nil` for an ending that is not known.
  var chosenFormat: VectorFormat? {
    if let format { return format }
    if json { return .jsonl }
    let name = output.split(separator: "/").last ?? ""
    guard let point = name.lastIndex(of: "."), output != "-", !output.hasPrefix("/dev/") else {
      return wantsStates ? .safetensors : .jsonl
    }
    let ending = name[name.index(after: point)...].lowercased()
    return ending == "ndjson" || ending == "json" ? .jsonl : VectorFormat(rawValue: ending)
  }
}

/// How input is read, as the command line spells it.
enum InputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, jsonl

  var rows: TextRows.Format { self == .text ? .text : .jsonl }
}
