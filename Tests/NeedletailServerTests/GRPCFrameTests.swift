#if Server
  import GRPCCore
  import NIOCore
  import NeedletailServer
  import NeedletailTestSupport
  import Testing

  @Suite("Messages of gRPC")
  struct GRPCFrameFuzzTests {
    /// Reads bytes that come in parts.
    static func read(_ bytes: [UInt8], limit: Int = 1000, cuts: inout SeededGenerator) throws -> [[UInt8]] {
      var reader = GRPCFrameReader(limit: limit)
      var messages: [[UInt8]] = []
      var place = 0
      while place < bytes.count {
        let end = Int.random(
          in: place + 1...min(bytes.count, place + 1 + Int.random(in: 0...40, using: &cuts)), using: &cuts)
        reader.append(ByteBuffer(bytes: bytes[place..<end]))
        place = end
        while let message = try reader.next() { messages.append(message) }
      }
      try reader.finish()
      return messages
    }

    /// The same said plainly: what whole bytes mean.
    static func oracle(_ bytes: [UInt8], limit: Int = 1000) -> (messages: [[UInt8]], code: RPCError.Code?) {
      var messages: [[UInt8]] = []
      var rest = bytes[...]
      while let flag = rest.first {
        if flag == 1 { return (messages, .unimplemented) }
        if flag != 0 { return (messages, .internalError) }
        guard rest.count >= 5 else { return (messages, .internalError) }
        let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
        if length > limit { return (messages, .resourceExhausted) }
        rest = rest.dropFirst(5)
        guard rest.count >= length else { return (messages, .internalError) }
        messages.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
      }
      return (messages, nil)
    }

    @Test("cut anywhere, messages are what was sent", arguments: 0..<200)
    func cuts(seed: Int) throws {
      var generator = SeededGenerator(seed: UInt64(seed))
      let messages = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        (0..<Int.random(in: 0...1000, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      }
      let bytes = messages.flatMap { Array(buffer: GRPCFrameReader.frame($0)) }
      #expect(try Self.read(bytes, cuts: &generator) == messages)
      #expect(Self.oracle(bytes).messages == messages)
    }

    @Test("damaged streams are refused as their first fault demands")
    func fuzz() async throws {
      let seeds: [Fuzzing.Seed] = [
        ("empty", []), ("one", [0, 0, 0, 0, 3, 1, 2, 3]), ("none inside", [0, 0, 0, 0, 0]),
        ("two", [0, 0, 0, 0, 1, 9, 0, 0, 0, 0, 2, 8, 7]),
        ("long", [0, 0, 0, 3, 232] + Array(repeating: 5, count: 1000)),
      ]
      let report = try await Fuzzing("gRPC messages").run(seeds) { input in
        var cuts = SeededGenerator(seed: UInt64(input.number))
        let wanted = Self.oracle(input.bytes)
        do {
          let messages = try Self.read(input.bytes, cuts: &cuts)
          guard messages == wanted.messages, wanted.code == nil else { throw Wrong() }
        } catch let error as RPCError {
          guard error.code == wanted.code else { throw Wrong() }
          throw error
        }
      } refusal: {
        ($0 as? RPCError).map { ($0.message, "stream") }
      }
      #expect(report.problems == [])
      #expect(report.isMixed)
    }

    /// The reader and the oracle disagree.
    struct Wrong: Error {}
  }
#endif
