/// The text of a file as UTF-8 in pieces.
///
/// A byte order mark is dropped, and UTF-16, which only its mark tells, is converted. Bytes that are not UTF-8 pass as
/// they are.
struct TextStream {
  private enum Encoding {
    case unknown, utf8, utf16(bigEndian: Bool)
  }

  /// The file as errors name it.
  var subject: String { source.subject }
  private let source: ByteSource
  private var encoding = Encoding.unknown
  /// A half-read code unit, or a high surrogate that waits for its partner.
  private var rest: [UInt8] = []
  private var isAtEnd = false

  init(_ source: ByteSource) { self.source = source }

  /// Replaces the content of `buffer` by the next bytes of the text; by none at the end.
  mutating func read(into buffer: inout [UInt8]) throws(FileSearchError) {
    buffer.removeAll(keepingCapacity: true)
    while buffer.isEmpty && !isAtEnd {
      try source.read(into: &buffer)
      if case .unknown = encoding { try detect(&buffer) }
      if buffer.isEmpty { isAtEnd = true }
      if case .utf16(let bigEndian) = encoding { convert(&buffer, bigEndian) }
    }
  }

  /// Looks for a byte order mark in the first bytes.
  private mutating func detect(_ buffer: inout [UInt8]) throws(FileSearchError) {
    while buffer.count < 3 {
      var more: [UInt8] = []
      try source.read(into: &more)
      if more.isEmpty { break }
      buffer += more
    }
    encoding = .utf8
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) {
      buffer.removeFirst(3)
    } else if buffer.starts(with: [0xFF, 0xFE]) || buffer.starts(with: [0xFE, 0xFF]) {
      encoding = .utf16(bigEndian: buffer[0] == 0xFE)
      buffer.removeFirst(2)
      // An empty piece would mean the end of the file.
      if buffer.isEmpty { try source.read(into: &buffer) }
    }
  }

  private mutating func convert(_ buffer: inout [UInt8], _ bigEndian: Bool) {
    let bytes = rest + buffer
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2 + 1)
    for index in stride(from: 0, to: bytes.count - 1, by: 2) {
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      units.append(bigEndian ? first << 8 | second : second << 8 | first)
    }
    var used = units.count * 2
    if !isAtEnd, let last = units.last, UTF16.isLeadSurrogate(last) {
      units.removeLast()
      used -= 2
    }
    rest = isAtEnd ? [] : Array(bytes[used...])
    buffer = Array(String(decoding: units, as: UTF16.self).utf8)
    if isAtEnd && used < bytes.count { buffer += [0xEF, 0xBF, 0xBD] }
  }
}
