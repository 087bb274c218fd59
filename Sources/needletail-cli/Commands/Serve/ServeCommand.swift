#if Server
  import ArgumentParser
  import Needletail
  import NeedletailServer
  import NeedletailTensor

  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  /// `needletail serve`: answers other programs.
  struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve", abstract: "Answer other programs over HTTP and gRPC.",
      discussion: """
        One process and one port speak OpenAI's embeddings, Text Embeddings Inference (HTTP and gRPC), Cohere's and \
        Jina's embed and rerank, Ollama's embed, and Needletail's own places for collections; the page at / shows all \
        of it, /docs describes it.

        Only programs of this machine are answered unless --host says otherwise. Without --keys everybody who reaches \
        the server may ask everything.

        Every option can be given as an environment variable, NEEDLETAIL_SERVE_PORT=9000 for --port 9000, and in the \
        file of --config, a JSON object: {"port": 9000, "model": ["bundled"]}. Arguments win over the environment, that \
        over the file.

        Examples:
          needletail serve
          needletail serve --model minilm=./all-MiniLM-L6-v2 --precision int8 --port 9000
          needletail serve --model ./embedder --model reranker=./cross-encoder --collections ./collections
          curl localhost:8080/v1/embeddings -d '{"input": "A swift in flight"}'
        """, subcommands: [ServeRunCommand.self, ServeKeyCommand.self], defaultSubcommand: ServeRunCommand.self)
  }

  /// `needletail serve run`, which `needletail serve` means.
  struct ServeRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "Answer other programs until told to end; what serve means without a verb.")

    @Option(
      help: ArgumentHelp(
        """
        A model, as a folder or the name of one that was pulled, with a name of its own before it if wanted. May be \
        given several times; the first answers where a request names none.
        """,
        valueName: "[name=]model"))
    var model: [String] = []

    @Option(
      help: ArgumentHelp("Another name for a model. May be given several times.", valueName: "name=model"))
    var alias: [String] = []

    @Option(
      help: ArgumentHelp(
        "What a model gives where its folder does not say it: dense, sparse, multi_vector, cross_encoder or classifier.",
        valueName: "model=kind"))
    var kind: [String] = []

    @Option(help: "What transformers' matrix products multiply.")
    var precision = Precision.float32

    @Option(help: ArgumentHelp("The address to listen at; 0.0.0.0 for all of this machine.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("The port; 0 for any that is free.", valueName: "n"))
    var port = 8080

    @Option(help: ArgumentHelp("Listen at a socket of this path instead.", valueName: "path"))
    var unixSocket: String?

    @Option(help: ArgumentHelp("A certificate chain for TLS, PEM; needs --tls-key.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("The folder of collections, one a subfolder.", valueName: "folder"))
    var collections: String?

    @Option(
      help: ArgumentHelp("Answer only who has a key of this file; see needletail serve key.", valueName: "file"))
    var keys: String?

    @Option(
      help: ArgumentHelp(
        "Let pages of this origin ask, * for all. May be given several times.", valueName: "origin"))
    var corsOrigin: [String] = []

    @Option(help: ArgumentHelp("Bytes of a request's body.", valueName: "n"))
    var maxBody = 16 << 20

    @Option(help: ArgumentHelp("Inputs of a request.", valueName: "n"))
    var maxInputs = 2048

    @Option(help: ArgumentHelp("Requests under way; more are sent away with 429.", valueName: "n"))
    var maxRequests = 1024

    @Option(help: ArgumentHelp("Tokens that may wait for a batch; more are sent away with 429.", valueName: "n"))
    var maxWaitingTokens = 1 << 20

    @Option(help: ArgumentHelp("Open connections.", valueName: "n"))
    var maxConnections = 16384

    @Option(help: ArgumentHelp("About how many tokens a thread computes at a time.", valueName: "n"))
    var batchTokens = EmbedderConfiguration().batchTokens

    @Option(help: ArgumentHelp("Cut texts after this many tokens.", valueName: "n"))
    var maxLength: Int?

    @Option(help: ArgumentHelp("The longest that a request may take.", valueName: "seconds"))
    var requestTimeout = 60.0

    @Option(
      help: ArgumentHelp(
        "The longest that a client may take to send a request, or not read its answer.", valueName: "seconds"))
    var readTimeout = 30.0

    @Option(help: ArgumentHelp("Close connections that were idle for so long.", valueName: "seconds"))
    var idleTimeout = 75.0

    @Option(help: ArgumentHelp("Unload models, all but the first, that were idle for so long.", valueName: "seconds"))
    var idleUnload: Double?

    @Option(help: ArgumentHelp("Megabytes of weights that loaded models may have together.", valueName: "n"))
    var memoryBudget: Int?

    @Flag(help: "Refuse texts that are too long where a request does not allow to cut them.")
    var noTruncate = false

    @Flag(help: "Take token ids as inputs; they are those of the model's own vocabulary.")
    var acceptTokenIds = false

    @Flag(help: "Write the texts of requests to the log.")
    var logInputs = false

    @Option(help: "What is logged at least: trace, debug (every request), info, notice, warning, error.")
    var logLevel = "info"

    @Option(help: "How the log is written: text or json.")
    var logFormat = LogFormat.text

    @Option(
      parsing: .unconditional, help: ArgumentHelp("Threads that compute; all processors by default.", valueName: "n"))
    var threads: Int?

    @Flag(help: "Log problems only.")
    var quiet = false

    func validate() throws {
      for (name, value) in [
        ("--max-body", maxBody), ("--max-inputs", maxInputs), ("--max-requests", maxRequests),
        ("--max-waiting-tokens", maxWaitingTokens), ("--max-connections", maxConnections),
        ("--batch-tokens", batchTokens), ("--max-length", maxLength ?? 1), ("--memory-budget", memoryBudget ?? 1),
      ] where value < 1 {
        throw ValidationError("\(name) should be at least 1, found \(value)")
      }
      for (name, value) in [
        ("--request-timeout", requestTimeout), ("--read-timeout", readTimeout), ("--idle-timeout", idleTimeout),
        ("--idle-unload", idleUnload ?? 1),
      ] where !(value > 0 && value.isFinite) {
        throw ValidationError("\(name) should be more than 0 seconds, found \(value)")
      }
      guard (0...65535).contains(port) else { throw ValidationError("--port should be 0 to 65535, found \(port)") }
      if (tlsCertificate == nil) != (tlsKey == nil) {
        throw ValidationError("give --tls-certificate and --tls-key together")
      }
      if let threads { try ModelOptions.checkThreads(threads) }
      _ = try models()
      _ = try level()
    }

    func run() async throws {
      let logger = try Logs.logger(format: logFormat, level: try level())
      let server = Server(try serverConfiguration(), logger: logger)
      let scheme = tlsCertificate == nil ? "http" : "https"
      let (host, unixSocket, quiet) = (host, unixSocket, quiet)
      try await server.run { port in
        guard !quiet else { return }
        let address = port.map { "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\($0)" }
        StandardError.write("needletail: listening at \(address ?? unixSocket ?? "")\n")
      }
    }

    private func serverConfiguration() throws -> ServerConfiguration {
      var configuration = ServerConfiguration(models: try models(), team: ComputeTeam(threads: threads))
      configuration.address = unixSocket.map { .unixSocket($0) } ?? .host(host, port: port)
      if let tlsCertificate, let tlsKey {
        configuration.certificate = .init(chain: URL(filePath: tlsCertificate), key: URL(filePath: tlsKey))
      }
      configuration.collections = collections.map { URL(filePath: $0) }
      if let keys { configuration.keys = try KeyRing(contentsOf: URL(filePath: keys)) }
      configuration.allowedOrigins = corsOrigin
      configuration.maximumBody = maxBody
      configuration.maximumInputs = maxInputs
      configuration.maximumRequests = maxRequests
      configuration.maximumWaitingTokens = maxWaitingTokens
      configuration.maximumConnections = maxConnections
      configuration.requestTimeout = .seconds(requestTimeout)
      configuration.readTimeout = .seconds(readTimeout)
      configuration.idleTimeout = .seconds(idleTimeout)
      configuration.idleUnload = idleUnload.map { .seconds($0) }
      configuration.memoryBudget = memoryBudget.map { $0 << 20 }
      configuration.truncates = !noTruncate
      configuration.acceptsTokenIDs = acceptTokenIds
      configuration.logsInputs = logInputs
      return configuration
    }

    /// The models that `--model`, `--alias` and `--kind` describe.
    private func models() throws -> [ServedModelChoice] {
      var own = EmbedderConfiguration()
      own.precision = precision
      own.batchTokens = batchTokens
      own.maximumLength = maxLength
      var choices = try (model.isEmpty ? ["bundled"] : model).map { argument in
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        let place = parts.last ?? ""
        let name = parts.count == 2 ? parts[0] : place.split(separator: "/").last.map(String.init) ?? place
        var choice = ServedModelChoice(name, source: try ModelSource(place), configuration: own)
        if choice.source == .bundled { choice.configuration.precision = .float32 }
        return choice
      }
      func change(_ arguments: [String], _ option: String, _ body: (_ key: String, _ value: String) throws -> Bool)
        throws
      {
        for argument in arguments {
          let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
          guard parts.count == 2, try body(parts[0], parts[1]) else {
            throw ValidationError("--\(option) \(argument) names no model of this server")
          }
        }
      }
      try change(alias, "alias") { name, model in
        guard let place = choices.firstIndex(where: { $0.name == model }) else { return false }
        choices[place].aliases.append(name)
        return true
      }
      try change(kind, "kind") { model, kind in
        guard let place = choices.firstIndex(where: { $0.name == model }) else { return false }
        guard let known = ServedModelKind(rawValue: kind) else {
          throw ValidationError(
            "--kind \(kind) should be one of \(ServedModelKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        choices[place].kind = known
        return true
      }
      let names = choices.flatMap { [$0.name] + $0.aliases }
      guard Set(names).count == names.count else { throw ValidationError("two models have one name; give them others") }
      return choices
    }
  }
#endif
