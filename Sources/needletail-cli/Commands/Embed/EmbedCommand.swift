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
      the same as the tensor "embeddings". With --tokens, --all-layers or --attention it is safetensors, a tensor a \
      text, named by its position; npy holds the --tokens of one text, too.

      A model of sparse vectors gives {"id", "indices", "values"} a line; one with a vector for each token a tensor a \
      text in safetensors.

      Examples:
        needletail embed "A swift in flight"
        needletail embed --input texts.jsonl --output vectors.npy
        zcat corpus.jsonl.gz | needletail embed --input - --format tsv > vectors.tsv
        needletail embed --model FOLDER --adapter retrieval_query "Where do swifts sleep?"
        needletail embed --model FOLDER --layer -2 --input texts.txt --output vectors.npy
        needletail embed --model FOLDER --tokens "A swift in flight" --output states.npy
        needletail embed --model FOLDER --attention --input texts.txt --output maps.safetensors
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

  @Flag(help: "Write the states of all tokens as they are pooled, [tokens, hidden], in place of one vector a text.")
  var tokens = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take the states of this layer: 0 is the output of the embeddings, -1 the last layer, -2 the one before.",
      valueName: "n"))
  var layer: Int?

  @Flag(help: "Write the states of all tokens after every layer, [layers, tokens, hidden].")
  var allLayers = false

  @Flag(help: "Write how much each token takes from each other one, [layers, heads, tokens, tokens].")
  var attention = false

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
    try validateStates(format)
    guard let format else {
      throw ValidationError("the name \(output) does not tell a format; give one by --format")
    }
    if output == "-", StandardOutput.isTerminal, format == .npy || format == .safetensors {
      throw ValidationError("\(format.rawValue) is no text for a terminal; give a file by --output")
    }
  }

  /// What goes with what where something else is wanted than one vector a text.
  private func validateStates(_ format: VectorFormat?) throws {
    if attention, tokens || allLayers {
      throw ValidationError("--attention is written alone: leave out --tokens and --all-layers")
    }
    if layer != nil, allLayers || attention {
      throw ValidationError("--all-layers and --attention hold every layer: leave out --layer")
    }
    guard wantsStates else { return }
    if format == .npy, tokens, !allLayers {
      guard texts.count <= 1 else { throw Self.severalTexts }
    } else if format != .safetensors {
      throw ValidationError(
        "--tokens, --all-layers and --attention need --format safetensors; npy holds the --tokens of one text")
    }
    if model.dimensions != nil {
      throw ValidationError("--dimensions cuts vectors of texts, not what --tokens, --all-layers and --attention write")
    }
  }

  private static let severalTexts = ValidationError(
    "npy holds the --tokens of one text; use --format safetensors for several")

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
    let embedder = try await model.embedder(layer: layer, quiet: quiet)
    let bar = ProgressBar("embedding", total: source.count, unit: "texts", quiet: quiet)
    defer { bar.finish() }
    if wantsStates {
      try await writeStates(of: &source, embedder, bar)
    } else {
      let writer = try VectorWriter(output, format: chosenFormat ?? .jsonl, columns: embedder.dimension)
      try await forEachBatch(of: &source, bar, limit: Self.textsAtATime) { rows, advance in
        let vectors = try await embedder.embed(rows.map(\.text), as: role, progress: advance)
        try await writer.append(vectors, ids: rows.map(\.id), team: embedder.team)
      }
      try writer.finish()
    }
  }

  private func writeStates(of source: inout TextBatches, _ model: Embedder, _ bar: ProgressBar) async throws {
    let embedder = try model.routed(for: role)
    guard let features = embedder.tokenStateFeatures, let shape = embedder.attentionShape else {
      throw EmbeddingError(
        .request, attention ? "attention" : "token states", "a static model has none; choose a transformer with --model"
      )
    }
    let isSingle = chosenFormat == .npy
    let writer = try StateWriter(output, columns: isSingle ? features : nil)
    var done = 0
    try await forEachBatch(of: &source, bar, limit: Self.statesAtATime) { rows, advance in
      if isSingle, done + rows.count > 1 { throw Self.severalTexts }
      let texts = rows.map(\.text)
      if attention {
        for (text, tokens) in zip(texts, try await embedder.tokenCounts(texts, as: role)) {
          try writer.begin(shape: [shape.layers, shape.heads, tokens, tokens])
          try await embedder.attentionMaps(of: text, as: role) { try writer.append($0.weights.values) }
          done += 1
        }
      } else {
        try await embedder.tokenStates(texts, as: role, allLayers: allLayers) { layers in
          try writer.append(layers, stacked: allLayers)
          done += 1
        }
      }
    }
    if isSingle, done == 0 { throw TensorError(.missing, input ?? "standard input", "has no text to write tokens of") }
    try writer.finish()
  }

  /// Takes the texts some at a time, and shows how far it is.
  func forEachBatch(
    of source: inout TextBatches, _ bar: ProgressBar, limit: Int,
    _ body: (_ rows: [TextRow], _ advance: @escaping @Sendable (Int) -> Void) async throws -> Void
  ) async throws {
    var done = 0
    while true {
      try Task.checkCancellation()
      let (before, from) = (done, source.fraction)
      let rows = try source.next(limit)
      guard !rows.isEmpty else { return }
      let upTo = source.fraction
      let advance: @Sendable (Int) -> Void = { count in
        let part = Double(count) / Double(rows.count)
        bar.advance(to: before + count, fraction: from.flatMap { from in upTo.map { from + ($0 - from) * part } })
      }
      try await body(rows, advance)
      done += rows.count
      advance(rows.count)
    }
  }

  /// Whether something else is asked for than one vector a text.
  private var wantsStates: Bool { tokens || allLayers || attention }

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
