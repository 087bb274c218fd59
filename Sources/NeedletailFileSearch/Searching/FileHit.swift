public import NeedletailJSON

/// A passage that answers a question.
public struct FileHit: Sendable {
  /// The file, as the user wrote the beginning of its path; `-` for standard input.
  public let path: String
  /// The passage.
  public let passage: Passage
  /// The cosine of the question's vector and the passage's, −1…1.
  public let score: Float
  /// The sentence that is nearest to the question, as a range of bytes of the passage's text.
  public let bestSentence: Range<Int>?
  /// How many more passages have the same text.
  public let copies: Int

  /// The form of `search --json`.
  public var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    if let id = passage.id { members.append((key: "id", value: .string(id))) }
    members.append((key: "path", value: .string(path)))
    members.append((key: "line", value: .integer(passage.firstLine)))
    members.append((key: "last_line", value: .integer(passage.lastLine)))
    members.append((key: "score", value: .float(score)))
    members.append((key: "text", value: .string(passage.text)))
    if let range = bestSentence {
      let sentence = String(decoding: Array(passage.text.utf8)[range], as: UTF8.self)
      members.append((key: "best_sentence", value: .string(sentence)))
    }
    if copies > 0 { members.append((key: "copies", value: .integer(copies))) }
    if let metadata = passage.metadata, let document = try? JSONDocument(parsing: metadata) {
      members.append((key: "metadata", value: document.root.value))
    }
    return .object(members)
  }
}
