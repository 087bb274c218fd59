#if Server
  /// The trace that a request belongs to, as the header `traceparent` of W3C Trace Context says it.
  package struct TraceContext: Sendable, Equatable {
    /// 32 hexadecimal digits.
    package let trace: String
    /// The caller's span, 16 hexadecimal digits.
    package let parent: String
    package let flags: String
    /// This server's span.
    package let span: String

    /// Reads the header; `nil` where it is not as the specification wants it.
    package init?(header: String) {
      let parts = header.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count >= 4, parts[0].count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
        parts[1].count == 32, parts[2].count == 16, parts[3].count == 2,
        parts.prefix(4).allSatisfy({ $0.utf8.allSatisfy(Self.isDigit) }),
        parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
      else { return nil }
      (trace, parent, flags) = (String(parts[1]), String(parts[2]), String(parts[3]))
      span = RandomName.hexadecimal(digits: 16)
    }

    /// What goes on with the answer.
    package var header: String { "00-\(trace)-\(span)-\(flags)" }

    private static func isDigit(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
  }

  /// Names that nothing else has.
  enum RandomName {
    static func hexadecimal(digits: Int) -> String {
      var generator = SystemRandomNumberGenerator()
      var text = ""
      while text.count < digits {
        let word = String(generator.next(), radix: 16)
        text += String(repeating: "0", count: 16 - word.count) + word
      }
      return String(text.prefix(digits))
    }
  }
#endif
