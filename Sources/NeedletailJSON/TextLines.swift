/// The lines of a text file, one after the other; memory follows the longest line.
package struct TextLines: ~Copyable {
  private let file: RegularFile
  private var piece: [UInt8] = []
  private var position = 0
  private var line = 0
  private let longestLine: Int

  /// Bytes that are read at a time.
  private static let pieceSize = 1 << 20

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - name: What errors call it.
  ///   - longestLine: The longest line that is read, bytes.
  package init(_ path: String, name: String, longestLine: Int = 256 << 20) throws(RegularFile.Failure) {
    file = try RegularFile(path, name: name)
    self.longestLine = longestLine
  }

  /// The file and the number of the line that was read last.
  package var place: String { "\(file.name):\(line)" }

  /// The next line with its end, which the last may lack; `nil` after the last.
  ///
  /// - Throws: `Failure`, with the number of the line where that is too long.
  package mutating func next() throws(RegularFile.Failure) -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      if position == piece.count {
        piece = try file.next(Self.pieceSize)
        position = 0
        guard !piece.isEmpty else { return bytes.isEmpty ? nil : bytes }
      }
      if bytes.isEmpty { line += 1 }
      let rest = piece[position...]
      let end = rest.firstIndex(of: 0x0A)
      position = end.map { $0 + 1 } ?? piece.count
      bytes += piece[rest.startIndex..<position]
      guard bytes.count <= longestLine else {
        throw RegularFile.Failure(
          name: file.name, message: "the line is longer than \(longestLine >> 20) MiB; cut it into several", line: line)
      }
      if end != nil { return bytes }
    }
  }
}
