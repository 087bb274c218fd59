/// Decimal numbers as the reference library's JSON reader makes them.
///
/// That reader takes the digits that fit 64 bits and divides by a power of ten, so a score may be one step beside the
/// nearest number. Where two ways to write a piece have almost the same score, that step decides.
enum ReferenceNumber {
  private static let powers: [Double] = (0...308).map { Double("1e\($0)") ?? .infinity }

  /// The value of a well-formed JSON number; `nil` where it is not finite.
  static func double(_ text: ArraySlice<UInt8>) -> Double? {
    var rest = text
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    var significand: UInt64 = 0
    var exponent = 0
    let (whole, isExact) = takeDigits(&rest, &significand)
    if !isExact { exponent = whole }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      let before = rest.count
      let (skipped, _) = takeDigits(&rest, &significand)
      exponent -= before - rest.count - skipped
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      let isBelow = rest.first == UInt8(ascii: "-")
      if isBelow || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      var number = 0
      for digit in rest { number = min(number * 10 + Int(digit - 0x30), 1 << 40) }
      exponent += isBelow ? -number : number
    }
    guard let value = scaled(significand, exponent) else { return nil }
    return isNegative ? -value : value
  }

  /// Takes digits while they fit, and skips the others.
  private static func takeDigits(_ rest: inout ArraySlice<UInt8>, _ value: inout UInt64) -> (
    skipped: Int, isExact: Bool
  ) {
    var skipped = 0
    while let byte = rest.first, (0x30...0x39).contains(byte) {
      let (product, isTooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, isTooBigNow) = product.addingReportingOverflow(UInt64(byte - 0x30))
      if skipped > 0 || isTooBig || isTooBigNow { skipped += 1 } else { value = sum }
      rest.removeFirst()
    }
    return (skipped, skipped == 0)
  }

  private static func scaled(_ significand: UInt64, _ exponent: Int) -> Double? {
    var value = Double(significand)
    var exponent = exponent
    while value != 0 {
      if exponent.magnitude <= 308 {
        value = exponent < 0 ? value / powers[-exponent] : value * powers[exponent]
        return value.isFinite ? value : nil
      }
      guard exponent < 0 else { return nil }
      value /= 1e308
      exponent += 308
    }
    return value
  }
}
