internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ModelFolder {
  /// How the texts of a Transformer module become conversations; `nil` where they are read as they are.
  ///
  /// - Parameters:
  ///   - isListed: Whether there is a `modules.json`. Then the module says what it takes, else the tokenizer's template
  ///     is used where it has one.
  ///   - task: What the module takes from the model.
  ///   - modelType: `model_type` of `config.json`.
  func conversation(
    isListed: Bool, task: SentenceSettings.Task, modelType: String
  ) throws(EmbeddingError) -> Conversation? {
    let files = try TemplateFiles(self)
    var settings = ConversationSettings()
    var format = "auto"
    if isListed {
      guard let (json, file) = try SentenceSettings.json(self),
        let message = json.optional("modality_config")?.optional("message")
      else { return nil }
      do throws(JSONError) {
        for (key, wanted) in [("method", "forward"), ("method_output_name", task.output)] {
          let name = try message.string(key)
          guard name == wanted else {
            throw message.error(.outOfRange, "\(key) \"\(name)\" is not supported, only \"\(wanted)\"")
          }
        }
        format = try message.string("format", default: "auto")
        guard ["auto", "flat", "structured"].contains(format) else {
          throw message.error(.outOfRange, "the format \"\(format)\" of messages is not supported")
        }
        if let json = json.optional("processing_kwargs")?.optional("chat_template") {
          settings = try ConversationSettings(json)
        }
      } catch {
        throw EmbeddingError(error.code == .outOfRange ? .unsupported : .malformed, error, subject: file.path)
      }
    }
    guard let files else {
      guard isListed else { return nil }
      throw EmbeddingError(
        .malformed, file("tokenizer_config.json").path,
        "modality_config has \"message\", and there is no chat template to make a text of messages")
    }
    return try Conversation(
      files, settings,
      isStructured: format == "structured" || format == "auto" && files.isStructured(modelType: modelType),
      tokens: try specialTokens())
  }

  /// Refuses a module whose texts would have to become conversations.
  func refuseConversation(isListed: Bool) throws(EmbeddingError) {
    let messages = try SentenceSettings.json(self).flatMap { $0.json.optional("modality_config")?.optional("message") }
    guard try isListed ? messages != nil : TemplateFiles(self) != nil else { return }
    throw Conversation.notHere(self)
  }
}

extension Conversation {
  /// The error of models whose texts are no conversations here.
  static func notHere(_ folder: ModelFolder) -> EmbeddingError {
    EmbeddingError(
      .unsupported, folder.url.path,
      "texts go through a chat template, which is supported for dense vectors and cross-encoders only")
  }
}
