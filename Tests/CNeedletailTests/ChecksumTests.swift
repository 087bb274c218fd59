import CNeedletail
import Testing

@Suite("Checksums")
struct ChecksumTests {
  /// The two forms of the function.
  private func checksums(_ bytes: [UInt8], after first: UInt32 = 0) -> [UInt32] {
    [unsafe nt_crc32c(first, bytes, bytes.count), unsafe nt_crc32c_portable(first, bytes, bytes.count)]
  }

  static let known: [([UInt8], UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C), (Array("123456789".utf8), 0xE306_9283),
    ([], 0),
  ]

  /// RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
  @Test("the checksums are those of the standard", arguments: known.indices)
  func standard(_ index: Int) {
    let (bytes, expected) = Self.known[index]
    #expect(checksums(bytes) == [expected, expected])
  }

  @Test("any cut and any length give the checksum of the plain form", arguments: [0, 1, 7, 8, 9, 63, 64, 65, 1000])
  func cuts(_ count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
    let whole = checksums(bytes)[1]
    #expect(checksums(bytes)[0] == whole)
    for cut in stride(from: 0, through: count, by: 5) {
      let first = checksums(Array(bytes[..<cut]))[0]
      #expect(checksums(Array(bytes[cut...]), after: first) == [whole, whole])
    }
  }
}
