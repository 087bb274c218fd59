#if Server
  internal import GRPCCore
  package import NIOCore

  /// Cuts what a stream brings into messages: each has a byte that tells of compression and its length before it.
  ///
  /// Memory follows what has arrived of one message and of what came with it, never a length that was only claimed.
  package struct GRPCFrameReader {
    /// Bytes of a message at most.
    let limit: Int
    private var bytes = ByteBuffer()

    package init(limit: Int) { self.limit = limit }

    /// Bytes before each message.
    static var prefix: Int { 5 }

    /// Takes the next bytes of the stream.
    package mutating func append(_ part: ByteBuffer) {
      if bytes.readableBytes == 0 {
        bytes = part
      } else {
        bytes.discardReadBytes()
        bytes.writeImmutableBuffer(part)
      }
    }

    /// The next message; `nil` where more bytes are needed.
    ///
    /// - Throws: `RPCError` for a message that is compressed or too long, and where no message can begin.
    package mutating func next() throws -> [UInt8]? {
      guard let (flag, length) = bytes.peekMultipleIntegers(as: (UInt8, UInt32).self) else {
        if let flag = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) { try Self.check(flag) }
        return nil
      }
      try Self.check(flag)
      guard length <= limit else {
        throw RPCError(
          code: .resourceExhausted, message: "a message has \(length) bytes; at most \(limit) are read")
      }
      guard bytes.readableBytes - Self.prefix >= Int(length) else { return nil }
      bytes.moveReaderIndex(forwardBy: Self.prefix)
      return bytes.readBytes(length: Int(length))
    }

    /// Says that no more bytes come.
    ///
    /// - Throws: `RPCError` where they end inside a message.
    package func finish() throws {
      guard bytes.readableBytes == 0 else {
        throw RPCError(
          code: .internalError,
          message: "the stream ends inside a message, \(bytes.readableBytes) bytes after its start")
      }
    }

    private static func check(_ flag: UInt8) throws {
      switch flag {
      case 0: return
      case 1:
        throw RPCError(
          code: .unimplemented, message: "a message is compressed; this server reads the encoding identity only",
          metadata: ["grpc-accept-encoding": "identity"])
      default:
        throw RPCError(
          code: .internalError, message: "a message begins with the byte \(flag); expected 0, or 1 for a compressed one"
        )
      }
    }

    /// A message as it is sent.
    package static func frame(_ message: [UInt8]) -> ByteBuffer {
      var frame = ByteBufferAllocator().buffer(capacity: prefix + message.count)
      frame.writeInteger(UInt8(0))
      frame.writeInteger(UInt32(truncatingIfNeeded: message.count))
      frame.writeBytes(message)
      return frame
    }
  }
#endif
