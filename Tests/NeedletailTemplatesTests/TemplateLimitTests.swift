import NeedletailJSON
import NeedletailTemplates
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("What a template may cost, and what is not built")
struct TemplateLimitTests {
  private func error(
    _ template: String, _ variables: KeyValuePairs<String, JSONValue> = [:], limits: TemplateLimits = .init()
  ) -> TemplateError? {
    do {
      _ = try ChatTemplate(template).render(variables, limits: limits)
      return nil
    } catch { return error }
  }

  private static let repeated = String(repeating: "(", count: 500) + "1" + String(repeating: ")", count: 500)

  @Test(
    "work, text and nesting are bounded, and nothing crashes",
    arguments: [
      "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
      "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
      "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
      "{% set ns = namespace(l=[1]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
      "{% set ns = namespace(l=[1]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}",
      "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
      "{% set ns = namespace(l=(1,)) %}{% for i in range(90) %}{% set ns.l = (ns.l, ns.l) %}{% endfor %}{{ {ns.l: 1} }}",
      "{% set ns = namespace(l=1) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}",
      "{% set ns = namespace(l=1) %}{% for i in range(5000) %}{% set ns.l = {'a': ns.l} %}{% endfor %}",
      "{% set ns = namespace(l=[1]) %}{% for i in range(5000) %}{% set ns.l = ns.l|map('string') %}{% endfor %}",
      "{% set ns = namespace() %}{% for i in range(5000) %}{% for j in [ns.l] %}{% set ns.l = loop %}{% endfor %}{% endfor %}",
      "{{ 'a' * 1000000000 }}", "{{ [1] * 1000000000 }}", "{{ 'a'.center(1000000000) }}",
      "{{ 'a'|indent(1000000000) }}",
      "{{ '%1000000000d' % 5 }}", "{{ '{:1000000000}'.format(5) }}", "{{ [1]|batch(1000000000, 0)|list }}",
      "{{ ('a' * 1000000).replace('', 'b' * 1000000) }}", "{{ [[1]]|tojson(indent=1000000000) }}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% macro m() %}{% if 1 %}{% for i in [1] %}{% set x %}{{ m() ~ '' }}{% endset %}{% endfor %}{% endif %}{% endmacro %}{{ m() }}",
      "{{ " + repeated + " }}", "{{ " + String(repeating: "[", count: 500) + String(repeating: "]", count: 500) + " }}",
      "{{ " + String(repeating: "- ", count: 5000) + "1 }}", "{{ " + String(repeating: "not ", count: 5000) + "1 }}",
      "{{ x" + String(repeating: "|string", count: 5000) + " }}",
      "{{ x" + String(repeating: "[0]", count: 5000) + " }}",
      String(repeating: "{% if 1 %}", count: 5000) + String(repeating: "{% endif %}", count: 5000),
      String(repeating: "{% for i in [1] %}", count: 500) + String(repeating: "{% endfor %}", count: 500),
      "{{ " + String(repeating: "1 if 1 else ", count: 5000) + "1 }}",
    ])
  func large(_ template: String) {
    #expect(error(template)?.code == .tooLarge, "\(template.prefix(100))")
  }

  @Test("chains of operators are bounded", arguments: ["+", "*", "**", "or", "and", "if 1 else 1 if"])
  func chains(_ sign: String) throws {
    let text = "{{ " + String(repeating: "1 \(sign) ", count: 30) + "1 }}"
    #expect(try ChatTemplate(text).render([:]) == (sign == "+" ? "31" : "1"))
    #expect(error("{{ " + String(repeating: "1 \(sign) ", count: 100_000) + "1 }}")?.code == .tooLarge)
  }

  @Test("deep parentheses around long chains are refused")
  func deepChains() {
    var text = "1"
    for _ in 0..<60 { text = "(" + text + String(repeating: " + 1", count: 60) + ")" }
    #expect(error("{{ \(text) }}")?.code == .tooLarge)
    #expect(error("{% if no %}{{ \(text) }}{% endif %}") == nil)
  }

  @Test("namespaces and macros that hold themselves are let go")
  func cycles() throws {
    let text = try ChatTemplate(
      "{% set ns = namespace() %}{% set ns.me = ns %}{% macro m() %}{% endmacro %}{% set ns.m = m %}{{ ns.me.me is defined }}"
    ).render([:])
    #expect(text == "True")
    #expect(error("{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}")?.code == .tooLarge)
    // Chains of namespaces and of macros are let go link by link.
    let chain = """
      {% set ns = namespace() %}{% for i in range(20000) %}{% set new = namespace(before=ns.last) %}{% set ns.last = new %}\
      {% endfor %}{% macro wrap(f) %}{% macro g() %}{{ f }}{% endmacro %}{% set ns.f = g %}{% endmacro %}\
      {% for i in range(20000) %}{{ wrap(ns.f) }}{% endfor %}done
      """
    #expect(try ChatTemplate(chain).render([:]) == "done")
  }

  @Test(
    "what is not built is refused by its name",
    arguments: [
      ("{% include 'a' %}", "include"), ("{% extends 'a' %}", "extends"), ("{% block a %}{% endblock %}", "block"),
      ("{% import 'a' as b %}", "import"), ("{% autoescape true %}{% endautoescape %}", "autoescape"),
      ("{% for i in x recursive %}{% endfor %}", "recursive"), ("{{ x|urlize }}", "urlize"),
      ("{{ x|pprint }}", "pprint"),
      ("{{ x|random }}", "random"), ("{% set a = x|safe %}", "safe"), ("{{ (x|e) + 'a' }}", "escape"),
      ("{{ lipsum() }}", "lipsum"), ("{{ 'a'.encode() }}", "encode"), ("{{ x is escaped }}", "escaped"),
      ("{{ '\\N{BULLET}' }}", "\\N"), ("{{ 99999999999999999999 }}", "64 bits"),
      ("{{ 9999999999 * 9999999999 }}", "64 bits"),
      ("{{ strftime_now('%Z') }}", "%Z"), ("{{ x[1:2, 3] }}", "slices"), ("{{ '%#x' % 5 }}", "#"),
    ])
  func unsupported(_ template: String, _ word: String) {
    let error = error(template, ["x": .string("text")])
    #expect(
      error?.code == .unsupported && error?.message.contains(word) == true, "\(template): \(String(describing: error))")
  }

  @Test("an error names its line and column")
  func place() {
    let error = error("a\n  {{ b\n  + 'é' ~ c.d }}")
    #expect(error?.line == 3 && error?.column == 12)
    #expect(error?.description == "template:3:12: \"c\" is undefined")
    let malformed = self.error("é\n{{ x ? }}")
    #expect(malformed?.line == 2 && malformed?.column == 6 && malformed?.code == .malformed)
  }

  @Test("values that nest too deep are refused")
  func deep() {
    var value = JSONValue.integer(1)
    for _ in 0..<200 { value = .array([value]) }
    #expect(error("{{ x }}", ["x": value])?.code == .tooLarge)
  }

  @Test("names that come from outside are told")
  func names() throws {
    func names(_ text: String) throws -> [String] { try ChatTemplate(text).freeNames.sorted() }
    #expect(try names("{% for m in messages %}{{ m.a }}{{ loop.index }}{% endfor %}{{ m }}") == ["m", "messages"])
    #expect(try names("{% set a = b %}{{ a }}{% if c %}{% set d = 1 %}{% endif %}{{ d }}") == ["b", "c"])
    #expect(try names("{% macro m(a, b=c) %}{{ a }}{{ caller() }}{% endmacro %}{{ m(task) }}") == ["c", "task"])
    #expect(
      try names("{{ range(n)|map(attribute=k)|list if x is eq y else {z: [w]} }}") == ["k", "n", "w", "x", "y", "z"])
    #expect(
      try names("{% with a = a %}{{ a }}{% endwith %}{% set ns.a = 1 %}{% filter replace(o, p) %}{% endfilter %}")
        == ["a", "ns", "o", "p"])
  }

  @Test("the time is that of the machine unless one is given")
  func time() throws {
    let year = try ChatTemplate("{{ strftime_now('%Y') }}").render([:])
    #expect(Int(year).map { $0 >= 2026 } == true)
    #expect(try ChatTemplate("{{ strftime_now('%F') }}").render([:], seconds: 0) == "1970-01-01")
  }
}
