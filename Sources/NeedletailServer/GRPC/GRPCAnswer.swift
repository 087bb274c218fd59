#if Server
  internal import GRPCCore
  internal import NIOCore
  internal import Synchronization

  /// What a call answers, on its way to the stream: messages are joined while the stream is busy, and a call that is far
  /// ahead of it waits.
  ///
  /// The first end counts, whoever says it: the call itself, its deadline, or a client that has gone.
  final class GRPCAnswer: Sendable {
    /// How a call ended.
    struct End: Sendable {
      let status: Status
      var metadata: Metadata = [:]
    }

    /// What the stream has to do next.
    enum Step: Sendable {
      case write(ByteBuffer)
      case end(End)
    }

    private struct State {
      /// What the call wants to have said before its messages; it goes with what is said after them.
      var metadata = Metadata()
      var messages = ByteBuffer()
      var end: End?
      /// The stream, where it waits for something to do.
      var reader: CheckedContinuation<Step, Never>?
      /// Writers that are far ahead.
      var writers: [CheckedContinuation<Void, Never>] = []

      /// The next step, where there is one.
      mutating func step() -> Step? {
        if messages.readableBytes > 0 {
          defer { messages = ByteBuffer() }
          return .write(messages)
        }
        return end.map { .end(End(status: $0.status, metadata: metadata + $0.metadata)) }
      }

      /// Whom to wake up, and with what.
      mutating func wake() -> () -> Void {
        let writers = isFull ? [] : writers
        if !isFull { self.writers = [] }
        guard let reader, let step = step() else { return { for writer in writers { writer.resume() } } }
        self.reader = nil
        return {
          for writer in writers { writer.resume() }
          reader.resume(returning: step)
        }
      }

      var isFull: Bool { end == nil && messages.readableBytes > GRPCAnswer.mostBytes }
    }

    private let state = Mutex(State())

    /// Bytes that wait for the stream before writers have to.
    private static var mostBytes: Int { 64 << 10 }

    /// Keeps what is to be said beside the messages.
    func add(_ metadata: Metadata) {
      state.withLock { $0.metadata.add(contentsOf: metadata) }
    }

    /// Adds a message; comes back when the stream is not far behind.
    ///
    /// - Throws: `RPCError` with the code of the end where the call is over.
    func write(_ message: [UInt8]) async throws {
      let frame = GRPCFrameReader.frame(message)
      let (end, wake) = state.withLock { state -> (End?, () -> Void) in
        guard state.end == nil else { return (state.end, {}) }
        if state.messages.readableBytes == 0 {
          state.messages = frame
        } else {
          state.messages.writeImmutableBuffer(frame)
        }
        return (nil, state.wake())
      }
      wake()
      if let end { throw RPCError(code: .init(end.status.code) ?? .cancelled, message: end.status.message) }
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          if state.isFull { state.writers.append(continuation) }
          return state.isFull
        }
        if !waits { continuation.resume() }
      }
    }

    /// Ends the answer, unless it has ended.
    func end(_ status: Status, _ metadata: Metadata = [:]) {
      state.withLock { state in
        if state.end == nil { state.end = End(status: status, metadata: metadata) }
        return state.wake()
      }()
    }

    /// What the stream has to do next; the end is the last step.
    func next() async -> Step {
      await withCheckedContinuation { continuation in
        let (step, wake) = state.withLock { state -> (Step?, () -> Void) in
          if let step = state.step() { return (step, state.wake()) }
          state.reader = continuation
          return (nil, {})
        }
        if let step { continuation.resume(returning: step) }
        wake()
      }
    }
  }

  /// The side of a ``GRPCAnswer`` on which a call writes.
  struct GRPCAnswerWriter: ClosableRPCWriterProtocol {
    let answer: GRPCAnswer

    func write(_ part: RPCResponsePart<[UInt8]>) async throws {
      switch part {
      case .metadata(let metadata): answer.add(metadata)
      case .message(let message): try await answer.write(message)
      case .status(let status, let metadata): answer.end(status, metadata)
      }
    }

    func write(contentsOf parts: some Sequence<RPCResponsePart<[UInt8]>>) async throws {
      for part in parts { try await write(part) }
    }

    func finish() async {
      answer.end(Status(code: .unknown, message: "the call ended without a status"))
    }

    func finish(throwing error: any Error) async {
      answer.end(Status(code: .internalError, message: "the call broke off: \(error)"))
    }
  }

  extension Metadata {
    fileprivate static func + (first: Metadata, second: Metadata) -> Metadata {
      var sum = first
      sum.add(contentsOf: second)
      return sum
    }
  }
#endif
