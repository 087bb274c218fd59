#if Server
  import ArgumentParser
  import Needletail
  import NeedletailServer

  /// `needletail bench serve`: how a server stands a load.
  struct ServeBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve", abstract: "Send requests to a running server and measure its answers.",
      usage: "needletail bench serve [<options>]",
      discussion: """
        --clients connections send one request each and the next when they have the answer. With --rate requests come by \
        chance, so many a second on average, whether answers come or not, and a request that has to wait for a free client \
        counts from when it was due. Any server with one of the --route dialects can be measured; a path in --url takes the \
        place of the dialect's. Answers must have a content-length.

        With --verify each vector is compared with the one that the library makes of the same text with --local-model, \
        --precision and --dimensions: the same bits, unless --tolerance allows more. Exit status 1 if any is wrong, or \
        if no request succeeds.

        Examples:
          needletail bench serve --model all-MiniLM-L6-v2 --clients 64 --duration 10
          needletail bench serve --route tei-batch --batch 32 --requests 2000 --texts sentences.txt --json
          needletail bench serve --rate 200 --duration 30 --seed 7
          needletail bench serve --verify --local-model models/all-MiniLM-L6-v2 --precision int8 --requests 100000
          needletail bench serve --url http://127.0.0.1:7997/embeddings --model models/all-MiniLM-L6-v2
        """)

    @Option(help: ArgumentHelp("The server: http://host:port[/path] or unix:/path/of/socket.", valueName: "address"))
    var url = "http://127.0.0.1:8080"

    @Option(help: "How requests are worded: POST /v1/embeddings, or TEI's /embed with one text or with several.")
    var route = LoadDialect.openAI

    @Option(help: ArgumentHelp("A text a line, or JSONL; the bundled passages by default.", valueName: "file"))
    var texts: String?

    @Option(help: ArgumentHelp("What requests name as their model.", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("Texts a request; 32 with tei-batch, else 1 by default.", valueName: "n"))
    var batch: Int?

    @Option(help: "How answers write vectors in the openai dialect.")
    var encodingFormat = LoadEncoding.float

    @Option(help: ArgumentHelp("How many connections, each with one request at a time.", valueName: "n"))
    var clients = 64

    @Option(help: ArgumentHelp("How many requests; 10000 unless --duration is given.", valueName: "n"))
    var requests: Int?

    @Option(help: ArgumentHelp("For how long requests are sent.", valueName: "seconds"))
    var duration: Double?

    @Option(help: ArgumentHelp("Requests a second on average, whether answers come or not.", valueName: "n"))
    var rate: Double?

    @Option(help: ArgumentHelp("How long an answer may take.", valueName: "seconds"))
    var timeout = 60.0

    @Option(help: ArgumentHelp("A key that the server asks for.", valueName: "key"))
    var apiKey: String?

    @Option(help: ArgumentHelp("Decides the order of the texts and when requests are due.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Threads that send and receive.", valueName: "n"))
    var clientThreads = 1

    @OptionGroup(title: "Verification") var verification: VerificationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
      guard requests == nil || duration == nil else { throw ValidationError("give either --requests or --duration") }
      for (name, value, range) in [
        ("--clients", clients, 1...100_000), ("--requests", requests ?? 1, 1...Int.max),
        ("--batch", batch ?? 1, 1...100_000), ("--client-threads", clientThreads, 1...64),
      ] where !range.contains(value) {
        throw ValidationError("\(name) should be \(range.lowerBound) to \(range.upperBound), found \(value)")
      }
      for (name, value) in [("--duration", duration), ("--rate", rate), ("--timeout", timeout)] {
        guard let value else { continue }
        guard value > 0, value <= 1e7 else { throw ValidationError("\(name) should be more than 0, found \(value)") }
      }
    }

    func run() async throws {
      let texts = try texts.map(BenchTexts.read) ?? BundledCorpus().documents.map(\.text)
      let target = try LoadTarget(url)
      let end = duration.map { LoadPlan.End.duration(.seconds($0)) } ?? .requests(requests ?? 10_000)
      var plan = LoadPlan(
        to: target,
        try LoadRequests(
          texts, to: target, in: route, model: model, batch: batch ?? (route == .teiBatch ? 32 : 1),
          encoding: encodingFormat, apiKey: apiKey, seed: seed), until: end)
      plan.clients = clients
      plan.rate = rate
      plan.seed = seed
      plan.patience = .seconds(timeout)
      plan.threads = clientThreads
      plan.check = try await verification.check(texts, in: route, quiet: output.quiet)
      let report = try await send(plan)
      let result = LoadResult(report, of: self)
      try output.json ? StandardOutput.print(result.json.text()) : result.print()
      if !output.quiet, let refusal = report.firstRefusal { StandardError.warn("the first refusal: \(refusal)") }
      if let mistake = report.firstMistake { StandardError.warn("the first wrong answer: \(mistake)") }
      if report.succeeded == 0 || report.wrong > 0 { throw ExitCode(1) }
    }

    private func send(_ plan: LoadPlan) async throws -> LoadReport {
      let total: Int? = if case .requests(let count) = plan.end { count } else { nil }
      let bar = ProgressBar("asking", total: total, unit: "requests", quiet: output.quiet)
      defer { bar.finish() }
      let start = ContinuousClock.now
      return try await LoadGenerator(plan).run { done in
        bar.advance(to: done, fraction: duration.map { min((ContinuousClock.now - start) / .seconds($0), 1) })
      }
    }
  }

  /// What answers are compared with.
  struct VerificationOptions: ParsableArguments {
    @Flag(help: "Compare each vector with the library's own.")
    var verify = false

    @Option(help: ArgumentHelp("The model that the library compares with.", valueName: "model"))
    var localModel = "bundled"

    @Option(help: "What the local transformer's matrix products multiply.")
    var precision = Precision.float32

    @Option(help: ArgumentHelp("Keep the first dimensions of the local vectors only.", valueName: "n"))
    var dimensions: Int?

    @Option(help: ArgumentHelp("By how much a value may be off.", valueName: "difference"))
    var tolerance: Float = 0

    func validate() throws {
      guard tolerance >= 0 else { throw ValidationError("--tolerance should be at least 0, found \(tolerance)") }
      if let dimensions, dimensions < 1 {
        throw ValidationError("--dimensions should be at least 1, found \(dimensions)")
      }
    }

    /// Embeds all texts; `nil` where nothing is to be compared.
    func check(_ texts: [String], in route: LoadDialect, quiet: Bool) async throws -> AnswerCheck? {
      guard verify else { return nil }
      var configuration = EmbedderConfiguration()
      configuration.precision = precision
      configuration.dimensions = dimensions
      let embedder = try await Embedder(ModelSource(localModel), configuration: configuration)
      let bar = ProgressBar("embedding", total: texts.count, unit: "texts", quiet: quiet)
      defer { bar.finish() }
      let vectors = try await embedder.embed(texts) { bar.advance(to: $0) }
      return AnswerCheck(in: route, vectors: vectors, tolerance: tolerance)
    }
  }

  extension LoadDialect: ExpressibleByArgument {}

  extension LoadEncoding: ExpressibleByArgument {}
#endif
