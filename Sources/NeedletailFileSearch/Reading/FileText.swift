package import NeedletailTensor

/// The running text of one file, whole or in large parts: what a collection keeps of it.
///
/// It is read as for a search: tags of HTML are dropped, gzip is unpacked, UTF-16 is converted, and bytes that are no text
/// read as U+FFFD. Paragraphs have a blank line between them.
package struct FileText {
  /// Whether the file was passed over because it is no text.
  package var isBinary: Bool { reader.isBinary }
  private var reader: DocumentReader
  private var pending: TextBlock?

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - isNamed: Whether the user named this very file; any other gives nothing where it looks binary.
  ///   - stop: Ends the reading when it is set.
  package init(_ path: String, isNamed: Bool, stop: CancellationFlag? = nil) throws(FileSearchError) {
    reader = try DocumentReader(
      ByteSource(path, stop: stop), kind: FileKind(name: path), skippingBinary: !isNamed)
  }

  /// The next part, cut between paragraphs; `nil` after the last.
  ///
  /// - Parameter limit: About how many bytes it may have; one paragraph, of 64 kB at most, is given whatever its size.
  package mutating func next(limit: Int) throws(FileSearchError) -> String? {
    var text: [UInt8] = []
    while true {
      var next = pending
      pending = nil
      if next == nil { next = try reader.next() }
      guard let block = next else { break }
      if !text.isEmpty, text.count + block.text.count + 2 > limit {
        pending = block
        break
      }
      if !text.isEmpty { text += Array("\n\n".utf8) }
      text += block.text
    }
    return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
  }
}
