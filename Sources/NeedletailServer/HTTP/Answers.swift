#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NIOCore
  internal import NeedletailJSON

  extension Response {
    /// An answer in JSON.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
      .text(value.text(), type: "application/json", status: status)
    }

    static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
      .bytes(ByteBuffer(string: text), type: type, status: status)
    }

    static func bytes(_ bytes: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
      var headers = HTTPFields()
      headers[.contentType] = type
      headers[.contentLength] = String(bytes.readableBytes)
      return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: bytes))
    }

    /// An answer that says nothing but that it was done.
    static var done: Response { Response(status: .noContent) }
  }

  /// JSON written piece by piece, for answers with many numbers.
  struct JSONBytes {
    private(set) var buffer: ByteBuffer

    init(reserving bytes: Int = 1024) { buffer = ByteBufferAllocator().buffer(capacity: bytes) }

    /// Adds what is JSON already.
    mutating func write(_ text: StaticString) { buffer.writeStaticString(text) }

    mutating func write(_ value: JSONValue) { buffer.writeString(value.text()) }

    mutating func write(_ number: Int) { buffer.writeString(String(number)) }

    /// Adds an array of numbers, each with the fewest digits that read back as the same `Float`.
    mutating func write(_ numbers: some Sequence<Float>) {
      buffer.writeInteger(UInt8(ascii: "["))
      var isFirst = true
      for number in numbers {
        if !isFirst { buffer.writeInteger(UInt8(ascii: ",")) }
        isFirst = false
        buffer.writeString(number.isFinite ? number.description : "null")
      }
      buffer.writeInteger(UInt8(ascii: "]"))
    }

    /// Adds numbers as a string: base64 of their little-endian bytes.
    mutating func writeBase64(_ numbers: some Collection<Float>) {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(numbers.count * 4)
      for number in numbers {
        let bits = number.bitPattern
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
      }
      buffer.writeInteger(UInt8(ascii: "\""))
      buffer.writeBytes(Base64.encoded(bytes))
      buffer.writeInteger(UInt8(ascii: "\""))
    }

    /// Adds an array, each element written by `body`.
    mutating func list<Elements: Sequence>(
      _ elements: Elements, _ body: (_ element: Elements.Element, _ json: inout JSONBytes) throws -> Void
    ) rethrows {
      buffer.writeInteger(UInt8(ascii: "["))
      var isFirst = true
      for element in elements {
        if !isFirst { buffer.writeInteger(UInt8(ascii: ",")) }
        isFirst = false
        try body(element, &self)
      }
      buffer.writeInteger(UInt8(ascii: "]"))
    }

    var response: Response { .bytes(buffer, type: "application/json") }
  }

  /// RFC 4648's alphabet with padding.
  package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encoded(_ bytes: [UInt8]) -> [UInt8] {
      var result: [UInt8] = []
      result.reserveCapacity((bytes.count + 2) / 3 * 4)
      var index = 0
      while index + 2 < bytes.count {
        let word = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
        result.append(alphabet[Int(word >> 18)])
        result.append(alphabet[Int(word >> 12 & 63)])
        result.append(alphabet[Int(word >> 6 & 63)])
        result.append(alphabet[Int(word & 63)])
        index += 3
      }
      let left = bytes.count - index
      guard left > 0 else { return result }
      let word = UInt32(bytes[index]) << 16 | (left == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
      result.append(alphabet[Int(word >> 18)])
      result.append(alphabet[Int(word >> 12 & 63)])
      result.append(left == 2 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "="))
      result.append(UInt8(ascii: "="))
      return result
    }
  }
#endif
