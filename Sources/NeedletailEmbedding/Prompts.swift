internal import FoundationEssentials
internal import NeedletailJSON

/// What a text is for; models trained with prompts put another one before each.
public enum TextRole: String, Sendable, CaseIterable {
  /// A text as it is: only the model's default prompt is used, if it has one.
  case plain
  /// A query: the prompt named "query", if the model has one.
  case query
  /// A text to be found: the prompt named "document", "passage" or "corpus", if the model has one.
  case document
}

/// Which prompt is put before every text.
public enum PromptChoice: Sendable, Equatable {
  /// The one that the text's role calls for.
  case role
  /// The one of this name in the model's `config_sentence_transformers.json`.
  case named(String)
  /// This very text.
  case text(String)
}

/// The prompts of `config_sentence_transformers.json`.
public struct Prompts: Sendable {
  /// The texts by name.
  public let texts: [String: String]
  /// The name of the prompt for texts without a role.
  public let defaultName: String?

  static let none = Prompts(texts: [:], defaultName: nil)

  private init(texts: [String: String], defaultName: String?) {
    self.texts = texts
    self.defaultName = defaultName
  }

  init(_ folder: ModelFolder) throws(EmbeddingError) {
    guard let json = try folder.json("config_sentence_transformers.json") else {
      self = .none
      return
    }
    do {
      var texts: [String: String] = [:]
      if let prompts = json.optional("prompts") {
        for (key, value) in try prompts.expect(.object, "prompts").members where !value.isNull {
          guard let text = value.string else { throw value.error(.wrongType, "a prompt should be a string") }
          texts[String(decoding: key, as: UTF8.self)] = text
        }
      }
      let name = json.optional("default_prompt_name") == nil ? nil : try json.string("default_prompt_name")
      if let name, texts[name] == nil {
        throw json.error(.outOfRange, "default_prompt_name \"\(name)\" is not among the prompts")
      }
      self.init(texts: texts, defaultName: name)
    } catch {
      throw EmbeddingError(.malformed, folder.file("config_sentence_transformers.json").path, "\(error)")
    }
  }

  /// The text to put before texts of a role; empty where there is none.
  func text(for role: TextRole, _ choice: PromptChoice) throws(EmbeddingError) -> String {
    switch choice {
    case .text(let text): return text
    case .named(let name):
      if let text = texts[name] { return text }
      let known = texts.isEmpty ? "the model has none" : "it has " + texts.keys.sorted().joined(separator: ", ")
      throw EmbeddingError(.request, "prompt \"\(name)\"", "is not a prompt of this model: \(known)")
    case .role:
      let names: [String]
      switch role {
      case .plain: names = []
      case .query: names = ["query"]
      case .document: names = ["document", "passage", "corpus"]
      }
      let name = names.first { texts[$0] != nil } ?? defaultName
      return name.flatMap { texts[$0] } ?? ""
    }
  }
}
