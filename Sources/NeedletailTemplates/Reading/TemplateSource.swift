/// The text of a template with its place in the world, for errors.
struct TemplateSource: Sendable {
  /// The text, each line break one U+000A, without the last one.
  let scalars: [Unicode.Scalar]
  let subject: String

  init(_ text: String, subject: String) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.utf8.count)
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
      if scalar == "\r" || (scalar == "\n" && !isAfterReturn) {
        scalars.append("\n")
      } else if scalar != "\n" {
        scalars.append(scalar)
      }
      isAfterReturn = scalar == "\r"
    }
    if scalars.last == "\n" { scalars.removeLast() }
    (self.scalars, self.subject) = (scalars, subject)
  }

  /// An error at a place of the text.
  func error(_ code: TemplateError.Code, _ message: String, at offset: Int) -> TemplateError {
    var line = 1
    var column = 1
    for scalar in scalars.prefix(offset) {
      if scalar == "\n" {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
    return TemplateError(code: code, message: message, subject: subject, line: line, column: column)
  }
}
