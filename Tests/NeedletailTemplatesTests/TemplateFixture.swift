import NeedletailJSON
import NeedletailTemplates

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What transformers makes of little templates; `Tools/reference/template_goldens.py` wrote it.
struct TemplateFixture {
  struct Case {
    let template: String
    /// The text, where there is one.
    let text: String?
    /// The kind of the error, where there is one.
    let error: String?
    /// What the template said by `raise_exception`.
    let message: String?
  }

  let variables: [(key: String, value: JSONValue)]
  let seconds: Double
  let cases: [Case]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/templates.json")
    let json = try JSONDocument(parsing: [UInt8](try Data(contentsOf: file)), subject: "templates.json").root
    let own = try json.value("variables").members.map {
      (key: String(decoding: $0.key, as: UTF8.self), value: JSONValue(copying: $0.value))
    }
    let messages = JSONValue(copying: try json.value("messages"))
    variables = own + [("messages", messages), ("add_generation_prompt", .boolean(true))]
    seconds = try json.double("seconds")
    cases = try json.value("cases").elements.map {
      Case(
        template: try $0.string("template"), text: $0.optional("text")?.string, error: $0.optional("error")?.string,
        message: $0.optional("message")?.string)
    }
  }
}
