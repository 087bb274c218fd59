#if Server
  package import NIOCore

  /// Reads the answers of one HTTP/1.1 connection, whose bodies must have a `content-length`, and no more of them than a
  /// load needs to know.
  package struct AnswerReader {
    /// One answer.
    package struct Answer {
      /// As in 200.
      package internal(set) var status: Int
      /// What `x-compute-tokens` says.
      package internal(set) var tokens: Int?
      /// What `x-request-id` says.
      package internal(set) var requestID: String?
      /// Whether the server ends the connection after it.
      package internal(set) var closes = false
      /// The body where bodies are kept, or the status is no success; else its end.
      package internal(set) var body = ByteBuffer()
      /// Bytes of head and body.
      package internal(set) var bytes: Int
    }

    /// Why bytes are no answer that can be read.
    package struct Fault: Error, Equatable {
      package let message: String
    }

    private let keepsBodies: Bool
    /// What came of a head so far.
    private var head = ByteBuffer()
    private var answer: Answer?
    /// Bytes of the body that have not come.
    private var left = 0

    /// Enough for the numbers behind the vectors.
    private static var tail: Int { 256 }
    private static var longestHead: Int { 1 << 16 }
    /// What is kept of a body that says why there are no vectors.
    private static var longestRefusal: Int { 1 << 12 }

    /// - Parameter keepsBodies: Whether whole bodies are wanted.
    package init(keepsBodies: Bool) { self.keepsBodies = keepsBodies }

    /// Takes bytes that came, up to the end of one answer.
    ///
    /// - Returns: The answer once it is complete; `nil` when all bytes are taken and more are needed.
    package mutating func read(_ bytes: inout ByteBuffer) throws(Fault) -> Answer? {
      if answer == nil {
        if head.readableBytes == 0 {
          head = bytes
          bytes.moveReaderIndex(to: bytes.writerIndex)
        } else {
          head.writeBuffer(&bytes)
        }
        guard let end = Self.end(of: head) else {
          guard head.readableBytes <= Self.longestHead else {
            throw Fault(message: "the head of an answer does not end")
          }
          return nil
        }
        try parse(end)
        head.moveReaderIndex(forwardBy: end)
        bytes = head
        head = ByteBuffer()
      }
      take(&bytes)
      guard left == 0 else { return nil }
      defer { answer = nil }
      return answer
    }

    /// Takes what belongs to the body.
    private mutating func take(_ bytes: inout ByteBuffer) {
      guard var answer, var part = bytes.readSlice(length: min(left, bytes.readableBytes)) else { return }
      // Two owners of a body would copy it with every part.
      self.answer = nil
      left -= part.readableBytes
      answer.bytes += part.readableBytes
      let isSuccess = 200..<300 ~= answer.status
      if isSuccess, !keepsBodies {
        answer.body.keepEnd(Self.tail, adding: &part)
      } else if answer.body.readableBytes == 0, left == 0 {
        answer.body = part
      } else if isSuccess || answer.body.readableBytes < Self.longestRefusal {
        if isSuccess, answer.body.capacity == 0 { answer.body.reserveCapacity(part.readableBytes + left) }
        answer.body.writeBuffer(&part)
      }
      self.answer = answer
    }

    /// The place behind the empty line that ends a head.
    private static func end(of head: ByteBuffer) -> Int? {
      let bytes = head.readableBytesUInt8Span
      var index = 3
      // A line feed at the end is the last of four; any other byte says how far it may be.
      while index < bytes.count {
        switch bytes[index] {
        case UInt8(ascii: "\n"):
          if bytes[index - 1] == UInt8(ascii: "\r"), bytes[index - 2] == UInt8(ascii: "\n"),
            bytes[index - 3] == UInt8(ascii: "\r")
          {
            return index + 1
          }
          index += 2
        case UInt8(ascii: "\r"): index += 1
        default: index += 4
        }
      }
      return nil
    }

    private mutating func parse(_ end: Int) throws(Fault) {
      let lines = head.readableBytesView.prefix(end).split(separator: UInt8(ascii: "\n"))
      guard let first = lines.first, first.starts(with: "HTTP/1.".utf8), first.count >= 12,
        let status = Int(String(decoding: first.dropFirst(9).prefix(3), as: UTF8.self)), (200...599).contains(status)
      else { throw Fault(message: "an answer does not begin with HTTP/1.1 and a status") }
      var answer = Answer(status: status, bytes: end)
      var length = status == 204 || status == 304 ? 0 : nil as Int?
      for line in lines.dropFirst() {
        // Only these letters begin a header that matters.
        guard let letter = line.first.map({ $0 | 0x20 }), letter == UInt8(ascii: "c") || letter == UInt8(ascii: "x")
        else {
          continue
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
        let value = String(
          decoding: line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }.prefix { $0 > 0x20 }, as: UTF8.self)
        switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
        case "content-length": length = Int(value)
        case "connection": answer.closes = value.lowercased() == "close"
        case "x-compute-tokens": answer.tokens = Int(value)
        case "x-request-id": answer.requestID = value
        default: break
        }
      }
      guard let length, length >= 0 else { throw Fault(message: "an answer has no content-length") }
      left = length
      self.answer = answer
    }
  }

  extension ByteBuffer {
    /// Adds bytes and forgets those that are more than so many before the end.
    fileprivate mutating func keepEnd(_ count: Int, adding part: inout ByteBuffer) {
      if part.readableBytes >= count {
        part.moveReaderIndex(forwardBy: part.readableBytes - count)
        self = part
        return
      }
      let surplus = readableBytes + part.readableBytes - count
      if surplus > 0 { moveReaderIndex(forwardBy: surplus) }
      discardReadBytes()
      writeBuffer(&part)
    }
  }
#endif
