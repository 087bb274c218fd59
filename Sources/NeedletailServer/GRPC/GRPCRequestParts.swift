#if Server
  internal import GRPCCore
  internal import HummingbirdCore
  internal import NIOCore

  /// What a client sends in one call: its metadata, then its messages as they arrive.
  struct GRPCRequestParts: AsyncSequence, Sendable {
    typealias Element = RPCRequestPart<[UInt8]>
    typealias Failure = any Error

    let metadata: Metadata
    let body: RequestBody
    /// Bytes of a message at most.
    let limit: Int

    func makeAsyncIterator() -> Iterator {
      Iterator(metadata: metadata, body: body.makeAsyncIterator(), frames: GRPCFrameReader(limit: limit))
    }

    struct Iterator: AsyncIteratorProtocol {
      /// Sent first, then `nil`.
      var metadata: Metadata?
      var body: RequestBody.AsyncIterator
      var frames: GRPCFrameReader

      mutating func next(isolation actor: isolated (any Actor)?) async throws -> Element? {
        if let first = metadata.take() { return .metadata(first) }
        while true {
          if let message = try frames.next() { return .message(message) }
          let part: ByteBuffer?
          do {
            part = try await body.next(isolation: actor)
          } catch {
            throw RPCError(code: .cancelled, message: "the stream broke off", cause: error)
          }
          guard let part else {
            try frames.finish()
            return nil
          }
          frames.append(part)
        }
      }

      mutating func next() async throws -> Element? { try await next(isolation: #isolation) }
    }
  }
#endif
