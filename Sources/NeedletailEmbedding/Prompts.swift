internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a text is for; models trained with prompts put another one before each.
public enum TextRole: String, Sendable, CaseIterable {
  /// A text as it is: only the model's default prompt is used, if it has one.
  case plain
  /// A query: the prompt named "query", empty if the model has none; never the default prompt.
  case query
  /// A text to be found: the prompt named "document", empty if the model has none; never the default prompt.
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

/// The prompts of `config_sentence_transformers.json`, with the rules of sentence-transformers 6.
///
/// "query" and "document" always exist there, empty where a model does not say them. A prompt "passage" or "corpus" is
/// therefore used by its name only, and a query or document never gets the default prompt.
public struct Prompts: Sendable {
  /// The texts by name; "query" and "document" are always among them.
  public let texts: [String: String]
  /// The name of the prompt for texts without a role.
  public let defaultName: String?

  static let none = Prompts(texts: [:], defaultName: nil)

  private init(texts: [String: String], defaultName: String?, hasRoles: Bool = true) {
    self.texts = hasRoles ? texts.merging(["query": "", "document": ""]) { own, _ in own } : texts
    self.defaultName = defaultName
  }

  /// - Parameter hasRoles: Whether "query" and "document" exist where the file does not say them.
  init(_ folder: ModelFolder, hasRoles: Bool = true) throws(EmbeddingError) {
    guard let json = try folder.json("config_sentence_transformers.json") else {
      self.init(texts: [:], defaultName: nil, hasRoles: hasRoles)
      return
    }
    do {
      var texts: [String: String] = [:]
      if let prompts = json.optional("prompts") {
        for (key, value) in try prompts.expect(.object, "prompts").members {
          guard value.isNull || value.kind == .string else {
            throw value.error(.wrongType, "a prompt should be a string, found \(value.kind)")
          }
          texts[String(decoding: key, as: UTF8.self)] = value.string ?? ""
        }
      }
      let name = json.optional("default_prompt_name") == nil ? nil : try json.string("default_prompt_name")
      self.init(texts: texts, defaultName: name, hasRoles: hasRoles)
      if let name, self.texts[name] == nil {
        throw json.error(.outOfRange, "default_prompt_name \"\(name)\" is not among the prompts")
      }
    } catch {
      throw EmbeddingError(.malformed, error, subject: folder.file("config_sentence_transformers.json").path)
    }
  }

  /// The same prompts with a marker before those of some roles, once.
  func marked(_ markers: [String: String]) -> Prompts {
    var texts = texts
    for (name, marker) in markers {
      let text = texts[name] ?? ""
      texts[name] = text.hasPrefix(marker) ? text : marker + text
    }
    return Prompts(texts: texts, defaultName: defaultName)
  }

  /// The text to put before texts of a role; empty where there is none.
  func text(for role: TextRole, _ choice: PromptChoice) throws(EmbeddingError) -> String {
    switch choice {
    case .text(let text): return text
    case .named(let name):
      if let text = texts[name] { return text }
      throw EmbeddingError(
        .request, "prompt \"\(name)\"",
        "is not a prompt of this model: it has "
          + (texts.isEmpty ? "none" : texts.keys.sorted().joined(separator: ", ")))
    case .role:
      let name: String?
      switch role {
      case .plain: name = defaultName
      case .query: name = "query"
      case .document: name = "document"
      }
      return name.flatMap { texts[$0] } ?? ""
    }
  }
}
