import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the hub says that a file's bytes add up to; also the name of the blob that holds them.
enum Checksum: Sendable, Hashable, CustomStringConvertible {
  /// SHA-256 of the bytes: large files.
  case sha256(String)
  /// SHA-1 of `blob <length>`, a zero byte and the bytes, as git names a file: small files.
  case gitBlob(String)

  /// The lower-case hexadecimal digits.
  var description: String {
    switch self {
    case .sha256(let digits), .gitBlob(let digits): digits
    }
  }

  /// The kind as messages say it.
  var kind: String {
    switch self {
    case .sha256: "SHA-256"
    case .gitBlob: "git SHA-1"
    }
  }

  /// Reads digits: 64 are a SHA-256, 40 a git SHA-1, everything else is `nil`.
  init?(digits: String) {
    if Self.isHexadecimal(digits, count: 64) {
      self = .sha256(digits)
    } else if Self.isHexadecimal(digits, count: 40) {
      self = .gitBlob(digits)
    } else {
      return nil
    }
  }

  /// Reads an entity tag: `"…"`, weak `W/"…"`, or without quotes.
  init?(entityTag: String) {
    var digits = entityTag[...]
    if digits.hasPrefix("W/") { digits = digits.dropFirst(2) }
    if digits.count >= 2, digits.hasPrefix("\""), digits.hasSuffix("\"") { digits = digits.dropFirst().dropLast() }
    self.init(digits: String(digits))
  }

  /// The checksum of the same kind that a file has now.
  ///
  /// - Complexity: O(length), 1 MiB of memory.
  func recomputed(from file: OpenFile, progress: (Int) -> Void = { _ in }) throws -> Checksum {
    switch self {
    case .sha256:
      var hash = SHA256()
      try Self.forEachPart(of: file) { part in
        hash.update(data: part)
        progress(part.count)
      }
      return .sha256(Self.hexadecimal(hash.finalize()))
    case .gitBlob:
      var hash = Insecure.SHA1()
      hash.update(data: Array("blob \(try file.size())\0".utf8))
      try Self.forEachPart(of: file) { part in
        hash.update(data: part)
        progress(part.count)
      }
      return .gitBlob(Self.hexadecimal(hash.finalize()))
    }
  }

  static func isHexadecimal(_ text: String, count: Int) -> Bool {
    text.utf8.count == count
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  private static func forEachPart(of file: OpenFile, _ body: (ArraySlice<UInt8>) -> Void) throws {
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var offset = 0
    while true {
      try Task.checkCancellation()
      let count = try file.read(into: &buffer, at: offset)
      if count == 0 { return }
      body(buffer[..<count])
      offset += count
    }
  }

  private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
