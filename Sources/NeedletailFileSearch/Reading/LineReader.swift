/// A line of a text, or a piece of one that is too long.
struct Line {
  /// Counted from 1.
  let number: Int
  /// The bytes without the line end.
  let bytes: ArraySlice<UInt8>
  /// Whether the line ends here; otherwise the next piece belongs to it.
  let isComplete: Bool
}

/// The lines of a text, one at a time, in memory for one line and one piece of the file.
///
/// A line ends at a line feed, or a carriage return and a line feed.
struct LineReader {
  /// The file as errors name it.
  var subject: String { stream.subject }
  private var stream: TextStream
  private let limit: Int
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 1
  private var isAtEnd = false

  /// Starts at the beginning of a text.
  ///
  /// - Parameter limit: The longest piece of a line that is given at once, in bytes; at least 8.
  init(_ stream: TextStream, limit: Int) {
    self.stream = stream
    self.limit = limit
  }

  /// Whether there is a NUL among the first 8,192 bytes: the sign of a file that is no text.
  mutating func looksBinary() throws(FileSearchError) -> Bool {
    while buffer.count < 8_192 && !isAtEnd { try fill() }
    return buffer.prefix(8_192).contains(0)
  }

  /// The next line, or `nil` at the end.
  mutating func next() throws(FileSearchError) -> Line? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")), end - position <= limit {
        defer {
          position = end + 1
          number += 1
        }
        let hasReturn = end > position && buffer[end - 1] == UInt8(ascii: "\r")
        return Line(number: number, bytes: buffer[position..<(hasReturn ? end - 1 : end)], isComplete: true)
      }
      if buffer.count - position > limit {
        var end = position + limit
        if let space = buffer[max(position + 1, end - 4_096)..<end].lastIndex(of: 0x20) {
          end = space
        } else {
          // Back to the first byte of a character.
          while end > position + limit - 4, buffer[end] & 0xC0 == 0x80 { end -= 1 }
        }
        defer { position = end }
        return Line(number: number, bytes: buffer[position..<end], isComplete: false)
      }
      if isAtEnd {
        guard position < buffer.count else { return nil }
        defer { position = buffer.count }
        return Line(number: number, bytes: buffer[position...], isComplete: true)
      }
      let pending = buffer.count - position
      try fill()
      searched = position + pending
    }
  }

  /// Drops what was given and adds the next piece of the file.
  private mutating func fill() throws(FileSearchError) {
    if position > 0 {
      buffer.removeFirst(position)
      position = 0
    }
    var piece: [UInt8] = []
    try stream.read(into: &piece)
    if piece.isEmpty { isAtEnd = true } else { buffer += piece }
  }
}
