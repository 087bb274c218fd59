#if Server
  internal import GRPCCore
  internal import HTTPTypes

  /// What gRPC keeps in HTTP's fields: metadata, deadlines, and how a call ended.
  enum GRPCFields {
    static let timeout = name("grpc-timeout")
    static let status = name("grpc-status")
    static let message = name("grpc-message")
    static let acceptedEncodings = name("grpc-accept-encoding")
    static let encoding = name("grpc-encoding")
    static let te = name("te")

    /// Fields of the transport, which are no metadata.
    private static let own: Set<HTTPField.Name> = [.contentType, timeout, acceptedEncodings, encoding, te]

    /// Bytes of an error's message at most: clients refuse fields that are much longer.
    private static var longestMessage: Int { 4096 }

    private static func name(_ text: String) -> HTTPField.Name {
      guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a valid field name") }
      return name
    }

    /// The metadata of a request; values of fields in `-bin` stay in base64 until somebody reads them.
    static func metadata(_ fields: HTTPFields) -> Metadata {
      var metadata = Metadata()
      for field in fields where !own.contains(field.name) {
        metadata.addString(field.value, forKey: field.name.canonicalName)
      }
      return metadata
    }

    /// The fields after the last message.
    ///
    /// - Parameters:
    ///   - status: How the call ended.
    ///   - metadata: What the call wants to have said beside that.
    static func trailers(_ status: Status, _ metadata: Metadata) -> HTTPFields {
      var fields = HTTPFields()
      fields[Self.status] = String(status.code.rawValue)
      if !status.message.isEmpty { fields[message] = percentEncoded(status.message) }
      for (key, value) in metadata {
        guard let name = HTTPField.Name(key), name != Self.status, name != message else { continue }
        fields.append(HTTPField(name: name, value: value.encoded()))
      }
      return fields
    }

    /// A message as the protocol wants it in a field: UTF-8, where all but visible ASCII and spaces are `%XX`.
    static func percentEncoded(_ text: String) -> String {
      var result: [UInt8] = []
      for scalar in text.unicodeScalars {
        let begin = result.count
        for byte in String(scalar).utf8 {
          if byte >= 0x20, byte <= 0x7E, byte != UInt8(ascii: "%") {
            result.append(byte)
          } else {
            let digits = Array("0123456789ABCDEF".utf8)
            result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
          }
        }
        if result.count > longestMessage {
          result.removeSubrange(begin...)
          break
        }
      }
      return String(decoding: result, as: UTF8.self)
    }

    /// How long a call may take, as `grpc-timeout` says it: up to eight digits and a unit.
    ///
    /// - Throws: `RPCError` for anything else.
    static func duration(_ text: String) throws -> Duration {
      let digits = text.utf8.dropLast()
      guard let unit = text.utf8.last, (1...8).contains(digits.count),
        digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let count = Int64(String(decoding: digits, as: UTF8.self)), let duration = duration(count, unit: unit)
      else {
        throw RPCError(
          code: .invalidArgument,
          message: "grpc-timeout is \"\(text)\"; expected one to eight digits and one of the units H, M, S, m, u, n")
      }
      return duration
    }

    private static func duration(_ count: Int64, unit: UInt8) -> Duration? {
      switch unit {
      case UInt8(ascii: "H"): .seconds(count * 3600)
      case UInt8(ascii: "M"): .seconds(count * 60)
      case UInt8(ascii: "S"): .seconds(count)
      case UInt8(ascii: "m"): .milliseconds(count)
      case UInt8(ascii: "u"): .microseconds(count)
      case UInt8(ascii: "n"): .nanoseconds(count)
      default: nil
      }
    }
  }
#endif
