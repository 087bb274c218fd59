/// A piece of a file that is embedded, found and shown as one.
public struct Passage: Sendable, Equatable {
  /// The line that holds its first character, counted from 1.
  public let firstLine: Int
  /// The line that holds its last character.
  public let lastLine: Int
  /// The text; invalid UTF-8 of the file is replaced by U+FFFD.
  public let text: String
  /// The name of the record that the passage is from, where the file gives one.
  public let id: String?
  /// The metadata of the record as a JSON text, where the file gives any.
  public let metadata: String?

  /// Bytes of its texts.
  var size: Int { text.utf8.count + (metadata?.utf8.count ?? 0) + (id?.utf8.count ?? 0) }

  init(firstLine: Int, lastLine: Int, text: String, id: String? = nil, metadata: String? = nil) {
    self.firstLine = firstLine
    self.lastLine = lastLine
    self.text = text
    self.id = id
    self.metadata = metadata
  }
}
