/// Equality, order and membership, as Python has them.
extension Renderer {
  func holds(_ comparison: Expression.Comparison, _ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    switch comparison {
    case .equal: try areEqual(left, right)
    case .notEqual: !(try areEqual(left, right))
    case .less: try isLess(left, right)
    case .greater: try isLess(right, left)
    case .atMost: try isAtMost(left, right)
    case .atLeast: try isAtMost(right, left)
    case .isIn: try contains(right, left)
    case .isNotIn: !(try contains(right, left))
    }
  }

  func areEqual(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    try charge(min(left.weight, right.weight))
    if let one = left.integer, let other = right.integer { return one == other }
    if let one = left.number, let other = right.number { return one == other }
    switch (left, right) {
    case (.undefined, .undefined), (.null, .null): return true
    case (.string(let one), .string(let other)): return one.isSame(as: other)
    case (.list(let one), .list(let other)), (.tuple(let one), .tuple(let other)):
      guard one.items.count == other.items.count else { return false }
      for (one, other) in zip(one.items, other.items) where !(try areEqual(one, other)) { return false }
      return true
    case (.dictionary(let one), .dictionary(let other)):
      guard one.entries.count == other.entries.count else { return false }
      for entry in one.entries {
        guard let value = other[try key(entry.key)], try areEqual(entry.value, value) else { return false }
      }
      return true
    case (.range(let one), .range(let other)):
      return one.count == other.count && (one.count == 0 || one.start == other.start)
        && (one.count < 2 || one.step == other.step)
    default: return isSame(left, right)
    }
  }

  /// Whether two values are one thing.
  func isSame(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.boolean(let one), .boolean(let other)): one == other
    case (.integer(let one), .integer(let other)): one == other
    case (.double(let one), .double(let other)): one == other
    case (.string(let one), .string(let other)): one.isSame(as: other)
    case (.list(let one), .list(let other)), (.tuple(let one), .tuple(let other)):
      one === other || one.items.isEmpty && other.items.isEmpty && left.typeName == "tuple"
    case (.dictionary(let one), .dictionary(let other)): one === other
    case (.iterator(let one), .iterator(let other)): one === other
    case (.namespace(let one), .namespace(let other)): one === other
    case (.loop(let one), .loop(let other)): one === other
    case (.macro(let one), .macro(let other)): one === other
    case (.cycler(let one), .cycler(let other)): one === other
    case (.joiner(let one), .joiner(let other)): one === other
    case (.function(let one), .function(let other)): one == other
    default: false
    }
  }

  /// How two values that have an order stand to one another: negative, 0 or positive; `nil` where a number is none.
  private func order(_ left: Value, _ right: Value) throws(TemplateError) -> Int? {
    try charge()
    for case .undefined(let undefined) in [left, right] { throw fail(undefined.message) }
    if let one = left.integer, let other = right.integer { return one == other ? 0 : one < other ? -1 : 1 }
    if let one = left.number, let other = right.number {
      return one == other ? 0 : one < other ? -1 : one > other ? 1 : nil
    }
    switch (left, right) {
    case (.string(let one), .string(let other)):
      try charge(min(one.utf8.count, other.utf8.count) / Self.bytesPerStep)
      if one.isSame(as: other) { return 0 }
      return one.utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
    case (.list(let one), .list(let other)), (.tuple(let one), .tuple(let other)):
      for (one, other) in zip(one.items, other.items) where !(try areEqual(one, other)) { return try order(one, other) }
      return one.items.count - other.items.count
    default: throw fail("a \(left.typeName) and a \(right.typeName) have no order")
    }
  }

  func isLess(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    try order(left, right).map { $0 < 0 } ?? false
  }

  private func isAtMost(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    try order(left, right).map { $0 <= 0 } ?? false
  }

  /// Whether a collection has an element, or a text a part.
  func contains(_ collection: Value, _ value: Value) throws(TemplateError) -> Bool {
    switch collection {
    case .string(let text):
      guard case .string(let part) = value else {
        throw fail("only a string can be in a string, found \(value.typeName)")
      }
      return try places(of: Array(part.utf8), in: Array(text.utf8), limit: 1).first != nil
    case .dictionary(let dictionary): return dictionary[try key(value)] != nil
    case .range(let range):
      guard let number = value.number, let integer = Int(exactly: number) else { return false }
      let (distance, isFar) = integer.subtractingReportingOverflow(range.start)
      return !isFar && distance % range.step == 0 && (0..<range.count).contains(distance / range.step)
    default:
      for element in try elements(of: collection) where try areEqual(element, value) { return true }
      return false
    }
  }

  /// Values in their order, equal ones as they were.
  func sorted<Element>(
    _ elements: [Element], isReversed: Bool, _ isLess: (Element, Element) throws(TemplateError) -> Bool
  ) throws(TemplateError) -> [Element] {
    guard elements.count > 1 else { return elements }
    let middle = elements.count / 2
    let left = try sorted(Array(elements[..<middle]), isReversed: isReversed, isLess)
    let right = try sorted(Array(elements[middle...]), isReversed: isReversed, isLess)
    try charge(elements.count)
    var merged: [Element] = []
    merged.reserveCapacity(elements.count)
    var (one, other) = (0, 0)
    while one < left.count, other < right.count {
      let takesRight = try isReversed ? isLess(left[one], right[other]) : isLess(right[other], left[one])
      merged.append(takesRight ? right[other] : left[one])
      if takesRight { other += 1 } else { one += 1 }
    }
    return merged + left[one...] + right[other...]
  }
}
