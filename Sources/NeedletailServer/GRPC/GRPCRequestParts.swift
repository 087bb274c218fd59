#if Server
  internal import GRPCCore
  internal import HummingbirdCore
  internal import NIOCore
  internal import Synchronization

  /// What a client sends in one call: its metadata, then its messages as they arrive.
  struct GRPCRequestParts: AsyncSequence, Sendable {
    typealias Element = RPCRequestPart<[UInt8]>
    typealias Failure = any Error

    let metadata: Metadata
    let body: RequestBody
    /// Bytes of a message at most.
    let limit: Int
    private let state = State()

    init(metadata: Metadata, body: RequestBody, limit: Int) {
      (self.metadata, self.body, self.limit) = (metadata, body, limit)
    }

    /// Whether the body has been read to its end.
    var isRead: Bool { state.isRead.load(ordering: .acquiring) }

    fileprivate final class State: Sendable {
      let isRead = Atomic(false)
    }

    func makeAsyncIterator() -> Iterator {
      Iterator(metadata: metadata, body: body.makeAsyncIterator(), frames: GRPCFrameReader(limit: limit), state: state)
    }

    struct Iterator: AsyncIteratorProtocol {
      /// Sent first, then `nil`.
      var metadata: Metadata?
      var body: RequestBody.AsyncIterator
      var frames: GRPCFrameReader
      fileprivate let state: State

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
            // A body that is no longer read ends as well.
            try Task.checkCancellation()
            state.isRead.store(true, ordering: .releasing)
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
