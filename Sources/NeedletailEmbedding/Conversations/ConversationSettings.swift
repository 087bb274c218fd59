internal import NeedletailJSON

/// What `processing_kwargs.chat_template` of a Transformer module says about the conversations that it makes.
struct ConversationSettings {
  /// A template, or the name of one; the tokenizer's own by default.
  var template: String?
  /// Variables of the template that are not settings.
  var variables: [(key: String, value: JSONValue)] = []
  var tools = JSONValue.null
  var documents = JSONValue.null
  var addsGenerationPrompt = false
  /// The part of the last message that is left open; `nil` where it is closed.
  var continued: String?
  /// Whether what a template writes at the end is put back where a text was cut.
  var restoresEnd = true

  /// Settings that change nothing here: texts are never padded.
  private static let harmless: Set = ["padding", "return_tensors", "tokenize", "return_dict"]

  init() {}

  init(_ json: JSON) throws(JSONError) {
    for (key, value) in json.members {
      let key = String(decoding: key, as: UTF8.self)
      switch key {
      case "add_generation_prompt": addsGenerationPrompt = try json.boolean(key, default: false)
      case "restore_suffix": restoresEnd = try json.boolean(key, default: true)
      case "chat_template": template = value.isNull ? nil : try json.string(key)
      case "tools": tools = JSONValue(copying: value)
      case "documents": documents = JSONValue(copying: value)
      case "continue_final_message":
        if let name = value.string {
          continued = name.isEmpty ? nil : name
        } else if try json.boolean(key, default: false) {
          continued = "content"
        }
      case _ where Self.harmless.contains(key): break
      case "truncation" where SentenceSettings.cutsLongest(value): break
      case "sanitize_control_tokens", "return_assistant_tokens_mask":
        guard value.isNull || value.boolean == false else { throw Self.unsupported(key, value) }
      case "truncation", "max_length", "tokenizer_kwargs", "common_kwargs":
        guard value.isNull else { throw Self.unsupported(key, value) }
      default: variables.append((key, JSONValue(copying: value)))
      }
    }
    guard continued == nil || !addsGenerationPrompt else {
      throw json.error(.outOfRange, "add_generation_prompt and continue_final_message exclude one another")
    }
  }

  private static func unsupported(_ key: String, _ value: JSON) -> JSONError {
    value.error(.outOfRange, "processing_kwargs has \"\(key)\", which is not supported")
  }
}
