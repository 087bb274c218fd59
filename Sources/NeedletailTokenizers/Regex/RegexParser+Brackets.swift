extension RegexParser {
  /// A class in brackets, from after its opening one on: what stands in it, and whether it is negated.
  mutating func brackets() throws(RegexProblem) -> (set: ScalarSet, isNegated: Bool) {
    depth += 1
    guard depth <= Self.deepest else {
      throw problem("more than \(Self.deepest) groups or classes stand in one another")
    }
    defer { depth -= 1 }
    let start = position
    let isNegated = takes("^")
    var whole: ScalarSet?
    var current: [ClosedRange<UInt32>] = []
    var isFirst = true
    while true {
      guard let scalar = next else {
        position = start
        throw problem("a class in brackets does not end")
      }
      defer { isFirst = false }
      if scalar == 0x5D {
        if !isFirst { break }
        guard scalars[(position + 1)...].contains(0x5D) else { throw problem("a class in brackets is empty") }
      }
      if takes("&&") {
        whole = whole.map { $0.intersection(ScalarSet(current)) } ?? ScalarSet(current)
        current = []
        continue
      }
      if let set = try innerSet() {
        current += set.ranges
        guard !(sees("-") && !sees("-]")) else { throw problem("a range cannot begin with a class") }
        continue
      }
      let first = try element()
      guard sees("-"), !sees("-]"), position + 1 < scalars.count else {
        current.append(first...first)
        continue
      }
      position += 1
      guard try !beginsSet() else { throw problem("a range cannot end with a class") }
      let last = try element()
      guard first <= last else { throw problem("the ends of a range are in the wrong order") }
      current.append(first...last)
      if sees("-"), !sees("-]") {
        // After a range it is a character like others.
        position += 1
        current.append(0x2D...0x2D)
      }
    }
    position += 1
    let set = whole.map { $0.intersection(ScalarSet(current)) } ?? ScalarSet(current)
    return (set, isNegated)
  }

  /// One character of a class.
  private mutating func element() throws(RegexProblem) -> UInt32 {
    guard let scalar = next else { throw problem("a class in brackets does not end") }
    guard scalar == 0x5C else {
      position += 1
      return scalar
    }
    if position + 1 < scalars.count, scalars[position + 1] == 0x62 {
      position += 2
      return 0x08
    }
    return try escapedScalar()
  }

  /// A class in a class: nested brackets, a POSIX bracket, or an escape.
  private mutating func innerSet() throws(RegexProblem) -> ScalarSet? {
    if next == 0x5C { return try escapedSet(inBrackets: true) }
    guard next == 0x5B else { return nil }
    if sees("[:") {
      let start = position
      position += 2
      let isNegated = takes("^")
      var name = ""
      while let scalar = next, let letter = Unicode.Scalar(scalar), ("a"..."z").contains(letter), name.count < 20 {
        name.unicodeScalars.append(letter)
        position += 1
      }
      if takes(":]"), let set = ScalarSet(named: "[:\(name):]") { return isNegated ? set.inverted : set }
      position = start
      throw problem("expected a POSIX bracket such as [:alpha:]")
    }
    position += 1
    let (set, isNegated) = try brackets()
    return isNegated ? set.inverted : set
  }

  private func beginsSet() throws(RegexProblem) -> Bool {
    if next == 0x5B { return true }
    var copy = self
    return next == 0x5C ? try copy.escapedSet(inBrackets: true) != nil : false
  }
}
