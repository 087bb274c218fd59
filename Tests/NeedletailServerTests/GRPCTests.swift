#if Server
  import Foundation
  import NeedletailEmbedding
  import NeedletailServer
  import NeedletailTestSupport
  import NeedletailTokenizers
  import Testing

  /// Python's gRPC client and this server.
  ///
  /// Runs where `NEEDLETAIL_SERVER_PYTHON` names a Python that has `Tools/server-requirements.txt`, as `Scripts/test`
  /// arranges it.
  @Suite(
    "gRPC with Python's client",
    .enabled(if: GRPCClient.python != nil, "set NEEDLETAIL_SERVER_PYTHON to a Python that has grpcio to run these"))
  struct GRPCTests {
    @Test(
      "a client of text-embeddings-inference is answered",
      arguments: [
        "unary", "predictions", "ranks", "tokens", "info", "streams", "threads", "errors", "deadlines", "cancels",
        "large",
        "frames", "health", "reflection", "slow",
      ])
    func client(_ check: String) async throws {
      let embedder = try await Embedder(.bundled)
      let service = BundledTexts(embedder)
      let expected = try await Expectations(embedder)
      let records = Records()
      try await GRPCServerUnderTest.with(service, observe: records.add) { port in
        try await GRPCClient.run(check, port: port, expected)
      }
      #expect(!records.all.isEmpty)
      #expect(
        records.all.allSatisfy { $0.method.map { $0.contains(".v1") } ?? ($0.code == 12) && $0.duration >= .zero })
    }
  }

  /// What the library computes, for the client to compare.
  struct Expectations: Encodable {
    var texts = [
      "", "A swift in flight", "Größe 😀 matters", "one two three four five", "%", "naïve café", "東京タワー",
      String(repeating: "long ", count: 400),
    ]
    var vectors: [String] = []
    var unnormalized: [String] = []
    var short: [String] = []
    var ids: [Int32] = []
    var decoded = ""

    init(_ embedder: Embedder) async throws {
      let plain = try embedder.unnormalized()
      let few = try embedder.changed { $0.dimensions = 8 }
      for text in texts {
        vectors.append(Self.bytes(try await embedder.embed(text)))
        unnormalized.append(Self.bytes(try await plain.embed(text)))
        short.append(Self.bytes(try await few.embed(text)))
      }
      ids = try embedder.tokenizer.encode(texts[2]).ids
      decoded = try embedder.tokenizer.decode(ids)
    }

    private static func bytes(_ vector: [Float]) -> String {
      vector.map { String($0.bitPattern.byteSwapped, radix: 16) }
        .map { String(repeating: "0", count: 8 - $0.count) + $0 }.joined()
    }
  }

  /// A Python that the tests may run.
  enum GRPCClient {
    static let python = ProcessInfo.processInfo.environment["NEEDLETAIL_SERVER_PYTHON"].flatMap {
      $0.isEmpty ? nil : $0
    }

    static func run(_ check: String, port: Int, _ expected: Expectations) async throws {
      let temporary = try TemporaryFolder()
      let file = try temporary.write("expected.json", Array(JSONEncoder().encode(expected)))
      let here = URL(filePath: #filePath).deletingLastPathComponent()
      let protocols = here.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/NeedletailServer/GRPC")
      let process = Process()
      process.executableURL = URL(filePath: try #require(python))
      process.arguments = [here.appending(path: "grpc_client.py").path, check, "\(port)", protocols.path, file]
      process.environment = ["NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1"]
      let errors = URL(filePath: try temporary.write("errors", ""))
      process.standardError = try FileHandle(forWritingTo: errors)
      let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
        process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
        do { try process.run() } catch { done.resume(throwing: error) }
      }
      let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
      #expect(status == 0, "\(check): \(said)")
    }
  }
#endif
