#if Server
  import Hummingbird
  import HummingbirdCore
  import HummingbirdHTTP2
  import Logging
  import NIOCore
  import NeedletailEmbedding
  import NeedletailServer
  import NeedletailTokenizers
  import Synchronization

  /// A server of HTTP/2 with nothing but gRPC, on a port of its own.
  enum GRPCServerUnderTest {
    struct Context: RequestContext {
      var coreContext: CoreRequestContextStorage
      let channel: any Channel

      init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
      }
    }

    struct Responder: HTTPResponder {
      let grpc: GRPCResponder

      func respond(to request: Request, context: Context) async throws -> Response {
        guard GRPCResponder.isCall(request) else { return Response(status: .notFound) }
        return grpc.respond(to: request, on: context.channel)
      }
    }

    static func with(
      _ service: some TextEmbeddings, observe: @escaping @Sendable (GRPCResponder.Record) -> Void,
      _ body: (_ port: Int) async throws -> Void
    ) async throws {
      let responder = Responder(grpc: try await GRPCResponder(service, observe: observe))
      let (ports, port) = AsyncStream<Int>.makeStream()
      var logger = Logger(label: "test")
      logger.logLevel = .critical
      let application = Application(
        responder: responder,
        server: HTTPServerBuilder {
          EitherHTTPChannel(responder: $0, http1: .init(), http2: .init(), firstBytesTimeout: .seconds(60))
        },
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: logger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await application.run() }
        for await port in ports {
          try await body(port)
          break
        }
        group.cancelAll()
      }
    }
  }

  /// What the server said of its calls.
  final class Records: Sendable {
    private let records = Mutex<[GRPCResponder.Record]>([])

    var all: [GRPCResponder.Record] { records.withLock { $0 } }

    @Sendable func add(_ record: GRPCResponder.Record) { records.withLock { $0.append(record) } }
  }

  /// The bundled model's vectors and tokens; the rest is made up.
  ///
  /// Some texts do what they say.
  struct BundledTexts: TextEmbeddings {
    /// A failure with a status.
    struct Failure: Error {
      let status: Int
    }

    /// Calls that wait to be stopped.
    final class Waiting: Sendable {
      let count = Mutex((running: 0, stopped: 0, large: 0))
    }

    let embedder: Embedder
    private let waiting = Waiting()

    init(_ embedder: Embedder) { self.embedder = embedder }

    func info(_ call: ServedCall) async throws -> InferenceInfo {
      InferenceInfo(
        version: "1.2.3", id: call.model ?? "test", precision: "float32", kind: .embedding, maximumRequests: 1,
        maximumLength: 4, maximumBatchTokens: 1, maximumClientBatch: 1, tokenizationWorkers: 1)
    }

    func isServing() async -> Bool { waiting.count.withLock { $0.running == 0 } }

    func embed(
      _ text: String, _ reading: TextReading, normalizes: Bool, dimensions: Int?, _ call: ServedCall
    ) async throws -> Computed<[Float]> {
      if text.hasPrefix("#") { return Computed(try await act(text), characters: 0, tokens: 0) }
      let model = try (normalizes ? embedder : embedder.unnormalized()).changed { $0.dimensions = dimensions }
      let tokens = try await embedder.tokenCounts([text])
      return Computed(try await model.embed(text), characters: text.unicodeScalars.count, tokens: tokens[0])
    }

    /// Does what a text says.
    private func act(_ text: String) async throws -> [Float] {
      let words = text.split(separator: " ", maxSplits: 1)
      switch words[0] {
      case "#fail": throw Failure(status: Int(words[1]) ?? 0)
      case "#length": return [Float(text.utf8.count)]
      case "#running": return [waiting.count.withLock { Float($0.running) }]
      case "#stopped": return [waiting.count.withLock { Float($0.stopped) }]
      case "#made": return [waiting.count.withLock { Float($0.large) }]
      default:
        waiting.count.withLock { $0.running += 1 }
        defer { waiting.count.withLock { ($0.running, $0.stopped) = ($0.running - 1, $0.stopped + 1) } }
        try await Task.sleep(for: .seconds(600))
        return []
      }
    }

    func embedAll(_ text: String, _ reading: TextReading, _ call: ServedCall) async throws -> Computed<[[Float]]> {
      if text.hasPrefix("#large ") {
        waiting.count.withLock { $0.large += 1 }
        return Computed(Array(repeating: [1], count: Int(text.dropFirst(7)) ?? 0), characters: 0, tokens: 0)
      }
      let whole = (reading.prompt ?? "") + text
      let kept =
        if !reading.truncates { Substring(whole) } else if reading.side == .left { whole.suffix(4) } else {
          whole.prefix(4)
        }
      return Computed(
        kept.unicodeScalars.map { [Float($0.value), 1] }, characters: whole.unicodeScalars.count, tokens: kept.count)
    }

    func embedSparse(
      _ text: String, _ reading: TextReading, _ call: ServedCall
    ) async throws -> Computed<[(id: Int, weight: Float)]> {
      var counts: [Int: Float] = [:]
      for scalar in text.unicodeScalars where scalar != " " { counts[Int(scalar.value), default: 0] += 1 }
      return Computed(
        counts.sorted { $0.key < $1.key }.map { (id: $0.key, weight: $0.value) }, characters: text.count, tokens: 1)
    }

    func predict(
      _ text: String, pair: String?, _ reading: TextReading, keepsRawScores: Bool, _ call: ServedCall
    ) async throws -> Computed<[(label: String, score: Float)]> {
      let length = Float(text.count + (pair?.count ?? 0))
      let scores =
        if keepsRawScores { (-length, length) } else if pair == nil { (Float(0.5), Float(0.5)) } else {
          (1 / length, 1 - 1 / length)
        }
      return Computed([("short", scores.0), ("long", scores.1)], characters: text.count, tokens: 1)
    }

    func rerank(
      _ texts: [String], for query: String, _ reading: TextReading, keepsRawScores: Bool, _ call: ServedCall
    ) async throws -> Computed<[Float]> {
      Computed(texts.map { Float($0.count) }, characters: 1, tokens: 1)
    }

    func tokenize(
      _ text: String, prompt: String?, addsSpecialTokens: Bool, _ call: ServedCall
    ) async throws -> [ServedToken] {
      var options = EncodingOptions()
      options.addsSpecialTokens = addsSpecialTokens
      let encoding = try embedder.tokenizer.encode(text, options: options)
      let scalars = Array(text.unicodeScalars)
      return encoding.ids.indices.map { place in
        let isSpecial = encoding.specialTokensMask[place]
        let range = encoding.offsets[place]
        let covered = String(String.UnicodeScalarView(scalars[range]))
        return ServedToken(
          id: Int(encoding.ids[place]), text: isSpecial ? encoding.tokens[place] : covered, isSpecial: isSpecial,
          scalars: isSpecial ? nil : range)
      }
    }

    func decode(_ ids: [Int], skipsSpecialTokens: Bool, _ call: ServedCall) async throws -> String {
      try embedder.tokenizer.decode(ids.map { Int32($0) }, skippingSpecialTokens: skipsSpecialTokens)
    }

    func failure(_ error: any Error) -> (status: Int, message: String, retryAfter: Duration?) {
      let status = (error as? Failure)?.status ?? 500
      return (status, "\(status): 100 % größer\n", status == 429 ? .milliseconds(1500) : nil)
    }
  }
#endif
