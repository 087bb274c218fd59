#if Server
  import NIOCore
  import NIOHTTP1
  import NIOPosix
  import NeedletailServer
  import NeedletailTensor
  import Testing

  @Suite("A load on a server")
  struct LoadTests {
    @Test(
      "addresses are read",
      arguments: [
        ("http://127.0.0.1:8080", LoadTarget.Address.network(host: "127.0.0.1", port: 8080), nil),
        ("http://localhost/", .network(host: "localhost", port: 80), nil),
        ("http://[::1]:9/embeddings", .network(host: "::1", port: 9), "/embeddings"),
        ("http://x.y:1/a/b?c=d", .network(host: "x.y", port: 1), "/a/b?c=d"),
        ("unix:/run/a.sock", .file("/run/a.sock"), nil),
      ] as [(String, LoadTarget.Address, String?)])
    func addresses(text: String, address: LoadTarget.Address, path: String?) throws {
      let target = try LoadTarget(text)
      #expect(target.address == address && target.path == path)
    }

    @Test(
      "what is no address is refused",
      arguments: [
        "", "127.0.0.1:8080", "https://x", "http://", "http://x:0", "http://x:65536", "http://x:y", "http://a b:1",
        "http://x:1/a b", "http://x\r\ny:1", "unix:relative",
      ])
    func noAddresses(text: String) { #expect(throws: LoadError.self) { try LoadTarget(text) } }

    @Test("chance has the rate that was asked for and repeats itself")
    func arrivals() {
      var times = ArrivalTimes(rate: 1000, seed: 3), again = ArrivalTimes(rate: 1000, seed: 3)
      var last = 0
      for _ in 0..<100_000 {
        let time = times.next()
        #expect(time >= last)
        #expect(again.next() == time)
        last = time
      }
      // The deviation of 100,000 pauses is 0.3 %.
      #expect(abs(Double(last) / 1e11 - 1) < 0.02)
    }

    @Test("every request is answered once, with the vectors of its texts", arguments: LoadDialect.allCases)
    func verified(dialect: LoadDialect) async throws {
      let texts = (0..<100).map { "text \($0)" }
      try await EchoServer.run { target in
        let requests = try LoadRequests(texts, to: target, in: dialect, batch: dialect == .tei ? 1 : 3, seed: 5)
        var plan = LoadPlan(to: target, requests, until: .requests(1000))
        plan.clients = 7
        plan.threads = 2
        let vectors = Matrix(rows: 100, columns: 2, values: (0..<100).flatMap { [Float($0), 0.1] })
        plan.check = AnswerCheck(in: dialect, vectors: vectors)
        let report = try await LoadGenerator(plan).run()
        #expect(report.requests == 1000 && report.succeeded == 1000 && report.checked == 1000 && report.wrong == 0)
        #expect(report.statuses == [200: 1000] && report.failures.isEmpty && report.largestDifference == 0)
        #expect(report.latencies.count == 1000 && report.seconds > 0 && report.tokens == report.texts)
        // The same vectors in another order are wrong.
        plan.check = AnswerCheck(
          in: dialect, vectors: Matrix(rows: 100, columns: 2, values: (0..<100).flatMap { [Float(99 - $0), 0.1] }))
        #expect(try await LoadGenerator(plan).run().wrong == 1000)
      }
    }

    @Test("a server that is not there is said to be")
    func nobody() async throws {
      let target = try LoadTarget("unix:/nowhere/at/all.sock")
      let plan = LoadPlan(to: target, try LoadRequests(["x"], to: target, in: .tei), until: .requests(1))
      await #expect(throws: LoadError.self) { try await LoadGenerator(plan).run() }
    }

    @Test("requests that come by chance end with the time")
    func rate() async throws {
      try await EchoServer.run { target in
        let requests = try LoadRequests(["text 1"], to: target, in: .openAI)
        var plan = LoadPlan(to: target, requests, until: .duration(.milliseconds(300)))
        plan.clients = 8
        plan.rate = 500
        let report = try await LoadGenerator(plan).run()
        #expect(report.failures.isEmpty && report.succeeded == report.requests)
        // A busy machine may send fewer, but never more than are due.
        #expect((1...300).contains(report.requests + report.unsent))
      }
    }
  }

  /// Answers each request with vectors of two values: the number in the text, and 0.1.
  private final class EchoServer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var body = ""
    private var head: HTTPRequestHead?

    /// Runs a server on a port of its own while the body runs.
    static func run(_ body: (LoadTarget) async throws -> Void) async throws {
      let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
      let channel = try await ServerBootstrap(group: group).childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(EchoServer())
        }
      }.bind(host: "127.0.0.1", port: 0).get()
      let port = try #require(channel.localAddress?.port)
      do {
        try await body(LoadTarget("http://127.0.0.1:\(port)"))
      } catch {
        try await group.shutdownGracefully()
        throw error
      }
      try await group.shutdownGracefully()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (self.head, body) = (head, "")
      case .body(let part): body += String(buffer: part)
      case .end: answer(context)
      }
    }

    private func answer(_ context: ChannelHandlerContext) {
      let numbers = body.split(separator: "\"").filter { $0.hasPrefix("text ") }.map { $0.dropFirst(5) }
      let vectors = numbers.map { "[\($0).0,0.1]" }
      let isOpenAI = head?.uri == "/v1/embeddings"
      let entries = vectors.enumerated().map { "{\"index\":\($0.offset),\"embedding\":\($0.element)}" }
      let text =
        isOpenAI
        ? "{\"data\":[\(entries.joined(separator: ","))],\"usage\":{\"prompt_tokens\": \(numbers.count)}}"
        : "[\(vectors.joined(separator: ","))]"
      var headers = HTTPHeaders([("content-length", "\(text.utf8.count)")])
      if let id = head?.headers.first(name: "x-request-id") { headers.add(name: "x-request-id", value: id) }
      if !isOpenAI { headers.add(name: "x-compute-tokens", value: "\(numbers.count)") }
      context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }
#endif
