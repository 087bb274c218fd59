internal import CNeedletailAssets
internal import NeedletailJSON

/// A small collection of passages and questions inside the program, to try things on.
///
/// The passages were written for this purpose, on everyday subjects.
public struct BundledCorpus: Sendable {
  /// A passage.
  public struct Document: Sendable {
    /// Its name.
    public let id: String
    /// A few words that say what it is about.
    public let title: String
    /// The passage.
    public let text: String
  }

  /// A question, and the passage that answers it.
  public struct Question: Sendable {
    /// Its name.
    public let id: String
    /// The question, in other words than the passage's.
    public let text: String
    /// The ``Document/id`` of the answer.
    public let expected: String
  }

  /// All passages.
  public let documents: [Document]
  /// All questions.
  public let questions: [Question]

  /// Reads the collection.
  public init() throws {
    documents = try unsafe Self.rows(nt_asset_demo_corpus, "bundled corpus").map { row throws in
      Document(id: try row.string("id"), title: try row.string("title"), text: try row.string("text"))
    }
    questions = try unsafe Self.rows(nt_asset_demo_queries, "bundled questions").map { row throws in
      Question(id: try row.string("id"), text: try row.string("text"), expected: try row.string("expected"))
    }
  }

  private static func rows(_ asset: nt_asset, _ subject: String) throws -> [JSON] {
    let bytes = unsafe Array(UnsafeBufferPointer(start: asset.bytes, count: asset.count))
    return try bytes.split(separator: UInt8(ascii: "\n")).map {
      try JSONDocument(parsing: Array($0), subject: subject).root
    }
  }
}
