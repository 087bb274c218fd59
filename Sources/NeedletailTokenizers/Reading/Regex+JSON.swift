internal import NeedletailJSON

extension Regex {
  /// - Parameter place: What an error points at.
  convenience init(_ pattern: String, at place: JSON) throws {
    do {
      try self.init(pattern)
    } catch {
      let shown = pattern.unicodeScalars.count > 200 ? String(pattern.prefix(200)) + "..." : pattern
      let position = error.place.map { " at character \($0 + 1)" } ?? ""
      throw place.problem(
        .unsupported, "the regular expression \"\(shown)\" cannot be used\(position): \(error.message)")
    }
  }
}
