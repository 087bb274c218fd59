import NeedletailTemplates
import NeedletailTestSupport
import Testing

@Suite("Mutated templates")
struct TemplateFuzzTests {
  @Test("are executed or refused with line and column, within their limits")
  func mutated() async throws {
    let fixture = try TemplateFixture()
    let texts = fixture.cases.filter { $0.text != nil }.map(\.template)
    // The whole templates one by one, the single expressions some together.
    let long = texts.filter { $0.utf8.count > 60 }
    let short = texts.filter { $0.utf8.count <= 60 && $0.hasPrefix("{{") && $0.hasSuffix("}}") }
    let joined = stride(from: 0, to: short.count, by: 12).map {
      short[$0..<min($0 + 12, short.count)].joined(separator: "\n")
    }
    let seeds = (long + joined).enumerated().map { (name: "template \($0)", bytes: Array($1.utf8)) }
    var limits = TemplateLimits()
    limits.work = 200_000
    limits.textBytes = 1 << 20
    let chosen = limits
    let report = try await Fuzzing("chat templates").run(seeds) { input in
      let template = try ChatTemplate(String(decoding: input.bytes, as: UTF8.self), subject: "fuzz.jinja")
      let text = try template.render(fixture.variables, limits: chosen, seconds: fixture.seconds)
      #expect(text.utf8.count <= chosen.textBytes)
    } refusal: { error in
      guard let error = error as? TemplateError, error.line >= 1, error.column >= 1 else { return nil }
      return (error.message, error.subject)
    }
    #expect(report.problems == [])
    #expect(report.isMixed)
  }
}
