#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NIOCore
  internal import NeedletailJSON

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

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

    /// What a client is told who gets no answer.
    static func refusal(_ error: ServerError, _ shape: ErrorShape) -> Response {
      var response = json(shape.json(error), status: error.code.status)
      if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
      if error.code == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
      // What is left of a body that was not read would be taken for the next request.
      if error.code == .tooLarge || error.code == .unsupportedMedia { response.headers[.connection] = "close" }
      return response
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
    mutating func write(_ numbers: some Collection<Float>) {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(numbers.count * 13 + 2)
      bytes.append(UInt8(ascii: "["))
      for number in numbers {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        FloatText.append(number, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
      buffer.writeBytes(bytes)
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
      buffer.writeBytes(Data(bytes).base64EncodedData())
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
#endif
