#if Server
  /// The name of a collection, which is a folder's: a letter or digit, then up to 63 of those, points, lines and dashes.
  package struct CollectionName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// `nil` for anything else, so that no path is made of it.
    package init?(_ text: String) {
      func isOrdinary(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
      }
      let bytes = text.utf8
      guard (1...64).contains(bytes.count), let first = bytes.first, isOrdinary(first) else { return nil }
      let others: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")]
      guard bytes.allSatisfy({ isOrdinary($0) || others.contains($0) }) else { return nil }
      description = text
    }
  }
#endif
