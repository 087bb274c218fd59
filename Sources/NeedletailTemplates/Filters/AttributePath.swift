/// An attribute by its name, one of its own attributes after a dot; a number is an element.
struct AttributePath {
  private let parts: [Value]
  private let fallback: Value?

  init(_ path: Value, default fallback: Value? = nil, _ renderer: Renderer) throws(TemplateError) {
    self.fallback = fallback.flatMap { $0.isNull ? nil : $0 }
    guard case .string(let text) = path else {
      parts = path.isNull ? [] : [path]
      return
    }
    parts = text.split(separator: ".", omittingEmptySubsequences: false).map { part in
      let isNumber = !part.isEmpty && part.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
      return isNumber ? Int(part).map { .integer($0) } ?? .string(String(part)) : .string(String(part))
    }
  }

  func value(in item: Value, _ renderer: Renderer) throws(TemplateError) -> Value {
    var value = item
    for part in parts {
      try renderer.charge()
      value = try renderer.element(part, of: value)
      if let fallback, value.isUndefined { value = fallback }
    }
    return value
  }
}
