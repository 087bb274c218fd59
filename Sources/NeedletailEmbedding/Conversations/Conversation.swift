internal import NeedletailJSON
internal import NeedletailTemplates
internal import NeedletailTokenizers

/// How a text or a pair becomes a conversation, and that the text that a model reads, as sentence-transformers makes it.
///
/// A text is what a user says, a pair what "query" and "document" say, and a prompt what the system says before.
struct Conversation: Sendable {
  private let template: ChatTemplate
  private let subject: String
  /// Whether a message is a list of parts, or its text alone.
  private let isStructured: Bool
  /// The names of special tokens, and what the folder says beside them.
  private let variables: [(key: String, value: JSONValue)]
  private let addsGenerationPrompt: Bool
  private let continued: String?
  /// Whether what the template writes at the end is put back where a text was cut.
  private let restoresEnd: Bool

  /// What a role in a conversation says.
  struct Message {
    let role: String
    let text: String
  }

  /// - Parameters:
  ///   - files: The tokenizer's templates.
  ///   - settings: What the folder says about them.
  ///   - tokens: The special tokens by what they are for.
  init(
    _ files: TemplateFiles, _ settings: ConversationSettings, isStructured: Bool, tokens: [String: String]
  ) throws(EmbeddingError) {
    subject = files.file
    let hasTools = if case .null = settings.tools { false } else { true }
    let text = try files.text(settings.template, hasTools: hasTools)
    do { template = try ChatTemplate(text, subject: files.file) } catch { throw Self.error(error, files.file) }
    if let continued = settings.continued, !text.contains(continued) {
      throw EmbeddingError(
        .malformed, files.file, "continue_final_message names \"\(continued)\", which the template does not read")
    }
    self.isStructured = isStructured
    let own = settings.variables
    let named = tokens.filter { token in !own.contains { $0.key == token.key } }
    variables =
      named.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }
      + [("tools", settings.tools), ("documents", settings.documents)] + own
    addsGenerationPrompt = settings.addsGenerationPrompt
    continued = settings.continued
    restoresEnd = settings.restoresEnd
  }

  private static func error(_ error: TemplateError, _ subject: String) -> EmbeddingError {
    let codes: [TemplateError.Code: EmbeddingError.Code] = [.malformed: .malformed, .raised: .request]
    return EmbeddingError(
      codes[error.code] ?? .unsupported, "\(subject):\(error.line):\(error.column)",
      error.code == .raised ? "the chat template refuses: \(error.message)" : "the chat template: \(error.message)")
  }

  // MARK: Messages

  /// The messages of a text.
  static func messages(_ text: String, prompt: String) -> [Message] {
    system(prompt) + [Message(role: "user", text: text)]
  }

  /// The messages of a pair.
  static func messages(_ query: String, _ document: String, prompt: String) -> [Message] {
    system(prompt) + [Message(role: "query", text: query), Message(role: "document", text: document)]
  }

  private static func system(_ prompt: String) -> [Message] {
    prompt.isEmpty ? [] : [Message(role: "system", text: prompt)]
  }

  // MARK: Texts

  /// The text of a conversation.
  ///
  /// - Parameter role: What it is for, where the template wants to know.
  func text(_ messages: [Message], as role: TextRole = .plain) throws(EmbeddingError) -> String {
    let tag = continued == nil ? "" : Self.tag
    let values = messages.enumerated().map { place, message in
      value(message, place == messages.count - 1 ? message.text + tag : message.text)
    }
    var all = variables
    all += [("messages", .array(values)), ("add_generation_prompt", .boolean(addsGenerationPrompt))]
    if role != .plain, template.freeNames.contains("task"), !variables.contains(where: { $0.key == "task" }) {
      all.append(("task", .string(role.rawValue)))
    }
    let text: String
    do { text = try template.render(all) } catch { throw Self.error(error, subject) }
    return continued == nil ? text : try leftOpen(text, messages.last?.text ?? "")
  }

  private func value(_ message: Message, _ text: String) -> JSONValue {
    let part: JSONValue = .object(["type": .string("text"), "text": .string(text)])
    return .object(["role": .string(message.role), "content": isStructured ? .array([part]) : .string(text)])
  }

  /// What marks the place where a message is left open, with a space that is lost where the template trims messages.
  private static let tag = "CONTINUE_FINAL_MESSAGE_TAG "

  /// A text up to the end of its last message.
  private func leftOpen(_ text: String, _ last: String) throws(EmbeddingError) -> String {
    let all = Array(text.utf8)
    let bare = Array(Self.tag.utf8.dropLast())
    guard text.contains(Self.trimmed(last)), let place = all.indices.last(where: { all[$0...].starts(with: bare) })
    else {
      throw EmbeddingError(.unsupported, subject, "the last message, which is left open, is not in the text")
    }
    let before = String(decoding: all[..<place], as: UTF8.self)
    return all[(place + bare.count)...].first == 0x20 ? before : Self.trimmed(before, front: false)
  }

  private static func trimmed(_ text: String, front: Bool = true) -> String {
    var scalars = text.unicodeScalars[...]
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    while front, let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    return String(scalars)
  }

  // MARK: Tokens

  /// Adds the tokens of a conversation to a batch, cut as the options say.
  ///
  /// - Parameter end: The tokens that stand at the end of every text, also of one that was cut.
  func pack(
    _ messages: [Message], as role: TextRole = .plain, _ tokenizer: Tokenizer, _ options: EncodingOptions,
    end: [Int32], into tokens: inout PackedTokens
  ) throws {
    var options = options
    options.addsSpecialTokens = false
    try tokenizer.pack([try text(messages, as: role)], options: options, into: &tokens)
    guard let limit = options.truncation?.maximumLength else { return }
    let range = tokens.range(tokens.count - 1)
    guard range.count >= limit else { return }
    let kept = end.suffix(range.count)
    tokens.ids.replaceSubrange(range.suffix(kept.count), with: kept)
  }

  /// The tokens that the template writes after what is said, whatever that is; none where that cannot be told.
  ///
  /// Two conversations with the same roles and other texts tell it: what their tokens have in common at the end.
  func end(_ messages: [Message], as role: TextRole = .plain, _ tokenizer: Tokenizer) -> [Int32] {
    guard restoresEnd else { return [] }
    func ids(_ filler: String) -> [Int32]? {
      let filled = messages.map { $0.role == "system" ? $0 : Message(role: $0.role, text: filler) }
      guard let text = try? text(filled, as: role) else { return nil }
      return try? tokenizer.encode(text, options: EncodingOptions(addsSpecialTokens: false)).ids
    }
    guard let one = ids("0"), let other = ids("1 2 3 4") else { return [] }
    let count = zip(one.reversed(), other.reversed()).prefix { $0 == $1 }.count
    return count < min(one.count, other.count) ? Array(one.suffix(count)) : []
  }

  /// Refuses a template that says nothing of a query or a document.
  func checkPairs() throws(EmbeddingError) {
    let usual = try text(Self.messages("alpha", "bravo", prompt: ""))
    let others = [("query", "charlie", "bravo"), ("document", "alpha", "foxtrot")]
    for (role, query, document) in others
    where try text(Self.messages(query, document, prompt: "")).utf8.elementsEqual(usual.utf8) {
      throw EmbeddingError(
        .unsupported, subject,
        "the chat template does not write what the role \"\(role)\" says; a pair is a query and a document")
    }
  }
}
