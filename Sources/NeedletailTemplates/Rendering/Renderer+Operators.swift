#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Arithmetic, as Python does it; whole numbers have 64 bits.
extension Renderer {
  func compute(_ sign: TemplateToken.Sign, _ left: Value, _ right: Value) throws(TemplateError) -> Value {
    if case (.remainder, .string(let format)) = (sign, left) { return try string(try printf(format, right)) }
    for case .undefined(let undefined) in [left, right] { throw fail(undefined.message) }
    switch (sign, left, right) {
    case (.add, .string(let one), .string(let other)):
      try checkText(bytes: one.utf8.count + other.utf8.count)
      return try string(one + other)
    case (.add, .list(let one), .list(let other)): return try list(one.items + other.items)
    case (.add, .tuple(let one), .tuple(let other)): return try tuple(one.items + other.items)
    case (.multiply, .string, _), (.multiply, .list, _), (.multiply, .tuple, _):
      if let count = right.integer { return try repeated(left, max(0, count)) }
    case (.multiply, _, .string), (.multiply, _, .list), (.multiply, _, .tuple):
      if let count = left.integer { return try repeated(right, max(0, count)) }
    default:
      if let one = left.integer, let other = right.integer { return try compute(sign, one, other) }
      if let one = left.number, let other = right.number { return .double(try compute(sign, one, other)) }
    }
    throw fail("\"\(sign.rawValue)\" does not take a \(left.typeName) and a \(right.typeName)")
  }

  private func repeated(_ value: Value, _ count: Int) throws(TemplateError) -> Value {
    let (size, isTooLarge) = value.weight.multipliedReportingOverflow(by: count)
    guard !isTooLarge else { throw fail("a value repeated \(count) times", .tooLarge) }
    try charge(size)
    switch value {
    case .string(let text):
      let (bytes, isTooLong) = text.utf8.count.multipliedReportingOverflow(by: count)
      try checkText(bytes: isTooLong ? .max : bytes)
      return try string(String(repeating: text, count: count))
    case .list(let list): return try self.list(try repeated(list.items, count))
    case .tuple(let list): return try tuple(try repeated(list.items, count))
    default: return value
    }
  }

  private func repeated(_ items: [Value], _ count: Int) throws(TemplateError) -> [Value] {
    try charge(8 * items.count * count)
    return Array(repeatElement(items, count: items.isEmpty ? 0 : count).joined())
  }

  private func compute(_ sign: TemplateToken.Sign, _ one: Int, _ other: Int) throws(TemplateError) -> Value {
    switch sign {
    case .add: return try whole(one.addingReportingOverflow(other))
    case .subtract: return try whole(one.subtractingReportingOverflow(other))
    case .multiply: return try whole(one.multipliedReportingOverflow(by: other))
    case .divide:
      guard other != 0 else { throw fail("division by zero") }
      return .double(Double(one) / Double(other))
    case .floorDivide, .remainder:
      guard other != 0 else { throw fail("division by zero") }
      let (quotient, isTooLarge) = one.dividedReportingOverflow(by: other)
      guard !isTooLarge else { throw tooLargeNumber }
      let remainder = one - quotient * other
      let isBelow = remainder != 0 && (remainder < 0) != (other < 0)
      return .integer(sign == .floorDivide ? quotient - (isBelow ? 1 : 0) : remainder + (isBelow ? other : 0))
    default:
      guard other >= 0 else {
        guard one != 0 else { throw fail("0 has no negative power") }
        return .double(pow(Double(one), Double(other)))
      }
      var (result, base, exponent) = (1, one, other)
      while exponent > 0 {
        if exponent & 1 == 1 { result = try product(result, base) }
        exponent >>= 1
        if exponent > 0 { base = try product(base, base) }
      }
      return .integer(result)
    }
  }

  private var tooLargeNumber: TemplateError { fail("whole numbers have at most 64 bits", .unsupported) }

  private func whole(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateError) -> Value {
    guard !result.overflow else { throw tooLargeNumber }
    return .integer(result.partialValue)
  }

  private func product(_ one: Int, _ other: Int) throws(TemplateError) -> Int {
    let (product, isTooLarge) = one.multipliedReportingOverflow(by: other)
    guard !isTooLarge else { throw tooLargeNumber }
    return product
  }

  private func compute(_ sign: TemplateToken.Sign, _ one: Double, _ other: Double) throws(TemplateError) -> Double {
    switch sign {
    case .add: return one + other
    case .subtract: return one - other
    case .multiply: return one * other
    case .power:
      guard one != 0 || other >= 0 else { throw fail("0 has no negative power") }
      guard one >= 0 || other == other.rounded() else { throw fail("a complex number", .unsupported) }
      return pow(one, other)
    default: break
    }
    guard other != 0 else { throw fail("division by zero") }
    if sign == .divide { return one / other }
    var remainder = one.truncatingRemainder(dividingBy: other)
    if remainder != 0, (remainder < 0) != (other < 0) { remainder += other }
    if sign == .remainder { return remainder == 0 ? (other < 0 ? -0.0 : 0.0) : remainder }
    let quotient = (one - remainder) / other
    let floor = quotient.rounded(.down)
    return quotient - floor > 0.5 ? floor + 1 : floor
  }

  func negate(_ value: Value) throws(TemplateError) -> Value {
    if case .undefined(let undefined) = value { throw fail(undefined.message) }
    if case .double(let number) = value { return .double(-number) }
    guard let integer = value.integer else { throw fail("a \(value.typeName) has no sign") }
    guard integer != .min else { throw tooLargeNumber }
    return .integer(-integer)
  }
}
