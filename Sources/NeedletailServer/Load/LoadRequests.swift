#if Server
  internal import NIOCore
  internal import NeedletailTensor

  /// The bytes of every request of a load, written once before it begins.
  package struct LoadRequests: Sendable {
    /// One request.
    struct Request: Sendable {
      /// The line and the headers, without the empty line that ends them.
      let head: ByteBuffer
      /// The empty line and the body.
      let rest: ByteBuffer
      /// Head and rest.
      let whole: ByteBuffer
      /// Places of its texts in the list that was given.
      let texts: [Int]
    }

    let requests: [Request]

    /// Writes the requests: texts in an order that the seed decides, so many a request; the last may have fewer.
    ///
    /// - Parameters:
    ///   - texts: At least one.
    ///   - apiKey: What `Authorization` carries.
    /// - Throws: ``LoadError`` for a key that no header can carry, or more than one text in TEI's plain dialect.
    package init(
      _ texts: [String], to target: LoadTarget, in dialect: LoadDialect, model: String? = nil, batch: Int = 1,
      encoding: LoadEncoding = .float, apiKey: String? = nil, seed: UInt64 = 0
    ) throws(LoadError) {
      precondition(!texts.isEmpty && batch > 0, "a load needs texts")
      if dialect == .tei, batch > 1 { throw LoadError("tei", "asks for one text at a time; tei-batch takes several") }
      var lines = [
        "POST \(target.path ?? dialect.path) HTTP/1.1", "host: \(target.host)", "content-type: application/json",
      ]
      if let apiKey {
        guard apiKey.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
          throw LoadError("the key", "should be printable ASCII without spaces")
        }
        lines.append("authorization: Bearer \(apiKey)")
      }
      let start = lines.map { $0 + "\r\n" }.joined()
      var random = SplitMix64(seed: seed)
      let order = texts.indices.shuffled(using: &random)
      requests = stride(from: 0, to: order.count, by: batch).map { first in
        let chosen = Array(order[first..<min(first + batch, order.count)])
        let body = dialect.body(chosen.map { texts[$0] }, model: model, encoding: encoding)
        let head = ByteBuffer(string: "\(start)content-length: \(body.utf8.count)\r\n")
        let rest = ByteBuffer(string: "\r\n\(body)")
        var whole = head
        whole.writeImmutableBuffer(rest)
        return Request(head: head, rest: rest, whole: whole, texts: chosen)
      }
    }

    /// How many different requests there are.
    package var count: Int { requests.count }
  }
#endif
