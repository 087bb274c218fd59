public import NeedletailJSON

/// What a collection holds under one id: a text and what else is known of it.
public struct Document: Sendable {
  /// The name that the user gave it; unique within a collection.
  public let id: String
  /// What is embedded and searched.
  public let text: String
  /// Facts that filters ask about: an object.
  public let metadata: JSONValue

  /// Creates a document.
  public init(id: String, text: String, metadata: JSONValue = .object([])) {
    self.id = id
    self.text = text
    self.metadata = metadata
  }
}
