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
  /// Where the first 20 of them are.
  public let also: [Place]

  /// Where a passage stands.
  public struct Place: Sendable, Equatable {
    /// The file; see ``FileHit/path``.
    public let path: String
    /// The line of the passage's first character, counted from 1.
    public let line: Int
  }

  /// The line of the file in which that sentence begins.
  public var bestLine: Int? { bestSentence.map { passage.line(at: $0.lowerBound) } }

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
      members.append((key: "best_line", value: .integer(passage.line(at: range.lowerBound))))
    }
    if copies > 0 {
      members.append((key: "copies", value: .integer(copies)))
      let places = also.map { JSONValue.object(["path": .string($0.path), "line": .integer($0.line)]) }
      members.append((key: "also", value: .array(places)))
    }
    if let metadata = passage.metadata, let document = try? JSONDocument(parsing: metadata) {
      members.append((key: "metadata", value: JSONValue(copying: document.root)))
    }
    return .object(members)
  }
}
