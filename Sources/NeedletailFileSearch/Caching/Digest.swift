internal import Crypto

/// A SHA-256 value: the name of some content.
package struct Digest: Sendable, Hashable {
  package let bytes: [UInt8]

  /// How many bytes a digest has.
  static let count = 32

  /// The digest of some bytes.
  package init(of content: some Sequence<UInt8>) {
    var hash = SHA256()
    hash.update(data: Array(content))
    bytes = Array(hash.finalize())
  }

  /// The digest of numbers and bytes after them.
  init(of header: [UInt8], _ numbers: [Float], _ content: [UInt8]) {
    var hash = SHA256()
    hash.update(data: header)
    unsafe numbers.withUnsafeBytes { bytes in unsafe hash.update(bufferPointer: bytes) }
    hash.update(data: content)
    bytes = Array(hash.finalize())
  }

  /// The digest of the rest of a file.
  init(ofRest source: ByteSource) throws(FileSearchError) {
    var hash = SHA256()
    var piece: [UInt8] = []
    repeat {
      try source.read(into: &piece, size: 1 << 18)
      hash.update(data: piece)
    } while !piece.isEmpty
    bytes = Array(hash.finalize())
  }

  /// A digest that was written down.
  init?(bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.count else { return nil }
    self.bytes = Array(bytes)
  }

  /// 64 hexadecimal digits.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
