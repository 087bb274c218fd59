internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The chat templates of a tokenizer, by name, and where they stand.
struct TemplateFiles {
  /// One template, or several.
  enum Kind {
    case single(String)
    case named([(name: String, text: String)])
  }

  let kind: Kind
  /// The file that holds them; a folder where there are several.
  let file: String

  private static let main = "chat_template.jinja"
  private static let others = "additional_chat_templates"

  /// Reads `chat_template.jinja` and `additional_chat_templates`, else what `tokenizer_config.json` has.
  ///
  /// - Returns: `nil` where there is no template.
  init?(_ folder: ModelFolder) throws(EmbeddingError) {
    var found: [(name: String, text: String)] = []
    if folder.has(Self.main) { found.append(("default", try Self.text(folder, Self.main))) }
    for name in Self.names(folder) {
      found.append((String(name.dropLast(6)), try Self.text(folder, Self.others + "/" + name)))
    }
    if found.count == 1, found[0].name == "default" {
      (kind, file) = (.single(found[0].text), folder.file(Self.main).path)
      return
    }
    if !found.isEmpty {
      (kind, file) = (.named(found), folder.file(Self.others).path)
      return
    }
    file = folder.file("tokenizer_config.json").path
    guard let json = try folder.json("tokenizer_config.json")?.optional("chat_template") else { return nil }
    if let text = json.string {
      kind = .single(text)
      return
    }
    do throws(JSONError) {
      var named: [(name: String, text: String)] = []
      for entry in try json.expect(.array, "chat_template").elements {
        named.append((try entry.string("name"), try entry.string("template")))
      }
      kind = .named(named)
    } catch { throw EmbeddingError(.malformed, error, subject: file) }
  }

  private static func names(_ folder: ModelFolder) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.file(others).path)) ?? []
    return names.filter { $0.hasSuffix(".jinja") }.sorted()
  }

  private static func text(_ folder: ModelFolder, _ path: String) throws(EmbeddingError) -> String {
    guard let text = String(validating: try folder.bytes(path), as: UTF8.self) else {
      throw EmbeddingError(.malformed, folder.file(path).path, "is not UTF-8")
    }
    return text
  }

  /// Whether sentence-transformers takes messages to be lists of parts: it looks for words in the template.
  func isStructured(modelType: String) -> Bool {
    if ["apertus", "deepseek_v3", "gpt_oss", "seed_oss"].contains(modelType) { return false }
    guard case .single(let text) = kind, !text.isEmpty else { return true }
    return ["content[0]", ".type", "'type'", "\"type\"", "item.type", "message.content["].contains {
      text.contains($0)
    }
  }

  /// The template that is used.
  ///
  /// - Parameters:
  ///   - wanted: A template's name, or a template itself.
  ///   - hasTools: Whether the template for tools is taken where there is one.
  func text(_ wanted: String?, hasTools: Bool) throws(EmbeddingError) -> String {
    guard case .named(let templates) = kind else {
      if let wanted { return wanted }
      if case .single(let text) = kind { return text }
      return ""
    }
    func named(_ name: String) -> String? { templates.last { $0.name == name }?.text }
    if let wanted { return named(wanted) ?? wanted }
    if hasTools, let text = named("tool_use") { return text }
    if let text = named("default") { return text }
    throw EmbeddingError(
      .unsupported, file,
      "no template is called \"default\"; there are " + templates.map(\.name).sorted().joined(separator: ", "))
  }
}
