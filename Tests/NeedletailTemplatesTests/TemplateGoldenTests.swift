import NeedletailTemplates
import Testing

/// Every construct, filter, test and method against transformers 5.23 with Jinja 3.1.6.
@Suite("Templates give what transformers gives")
struct TemplateGoldenTests {
  @Test("every template of the fixture has the same text")
  func texts() throws {
    let fixture = try TemplateFixture()
    let cases = fixture.cases.filter { $0.text != nil }
    #expect(cases.count > 800)
    for golden in cases {
      do {
        let text = try ChatTemplate(golden.template).render(fixture.variables, seconds: fixture.seconds)
        let isSame = golden.text.map { $0.utf8.elementsEqual(text.utf8) } ?? false
        #expect(
          isSame, "\(golden.template) gives \(text.debugDescription), not \((golden.text ?? "").debugDescription)")
      } catch { Issue.record("\(golden.template): \(error)") }
    }
  }

  @Test("what is an error there is one here, of the same kind")
  func errors() throws {
    let fixture = try TemplateFixture()
    let cases = fixture.cases.filter { $0.error != nil }
    #expect(cases.count > 150)
    let codes: [String: TemplateError.Code] = [
      "malformed": .malformed, "raised": .raised, "evaluation": .evaluation,
    ]
    for golden in cases {
      let kind = golden.error ?? ""
      do {
        let text = try ChatTemplate(golden.template).render(fixture.variables, seconds: fixture.seconds)
        Issue.record("\(golden.template) gives \(text.debugDescription)")
      } catch {
        let isRight =
          error.code == codes[kind] || kind == "evaluation" && [.tooLarge, .unsupported].contains(error.code)
        #expect(isRight, "\(golden.template): \(error), expected \(kind)")
        if let message = golden.message { #expect(error.message == message) }
      }
    }
  }
}
