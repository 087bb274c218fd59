#if Server
  import NIOCore
  import NeedletailServer
  import Testing

  @Suite("Answers to a load")
  struct AnswerReaderTests {
    private static let first = """
      HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: load-7\r\nx-compute-tokens: 12\r\n\
      content-length: 11\r\n\r\nhello world
      """
    private static let second = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\nConnection: close\r\n\r\nbusy"

    /// All answers in bytes that come in pieces of a length.
    private func answers(_ text: String, pieces: Int, keepsBodies: Bool = true) throws -> [AnswerReader.Answer] {
      var reader = AnswerReader(keepsBodies: keepsBodies)
      var found: [AnswerReader.Answer] = []
      let bytes = Array(text.utf8)
      for first in stride(from: 0, to: bytes.count, by: pieces) {
        var buffer = ByteBuffer(bytes: bytes[first..<min(first + pieces, bytes.count)])
        while buffer.readableBytes > 0 {
          guard let answer = try reader.read(&buffer) else { break }
          found.append(answer)
        }
      }
      return found
    }

    @Test("are read however their bytes come", arguments: [1, 2, 3, 4, 5, 7, 64, 1000])
    func pieces(length: Int) throws {
      let found = try answers(Self.first + Self.second + Self.first, pieces: length)
      try #require(found.count == 3)
      for answer in [found[0], found[2]] {
        #expect(answer.status == 200 && answer.tokens == 12 && answer.requestID == "load-7" && !answer.closes)
        #expect(String(buffer: answer.body) == "hello world" && answer.bytes == Self.first.utf8.count)
      }
      #expect(found[1].status == 429 && found[1].closes && String(buffer: found[1].body) == "busy")
    }

    @Test("keep the end of their bodies where that is enough", arguments: [1, 100, 255, 256, 257, 5000])
    func ends(length: Int) throws {
      let body = String(repeating: "0123456789", count: 100)
      let text = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n\(body)"
      let found = try answers(text, pieces: length, keepsBodies: false)
      try #require(found.count == 1)
      #expect(String(buffer: found[0].body).hasSuffix(body.suffix(256)))
      #expect(found[0].body.readableBytes <= 512 && found[0].bytes == text.utf8.count)
    }

    @Test(
      "are refused without a length or a status",
      arguments: [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "SSH-2.0-other\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 999 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        String(repeating: "a", count: 70_000),
      ])
    func faults(text: String) {
      #expect(throws: AnswerReader.Fault.self) { try answers(text, pieces: 100) }
    }
  }
#endif
