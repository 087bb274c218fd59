/// Numbers in decimal digits, as Python writes them.
enum DecimalText {
  /// The fewest digits that read back as the same number: `repr`.
  static func shortest(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let (digits, point) = shortestDigits(value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    guard (-3...16).contains(point) else {
      let exponent = point - 1
      let mantissa = digits.count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst()
      let size = String(exponent.magnitude)
      return sign + mantissa + (exponent < 0 ? "e-" : "e+") + (size.count < 2 ? "0" : "") + size
    }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) + ".0" }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }

  /// Digits without zeros around them, and how many stand before the point.
  private static func shortestDigits(_ value: Double) -> (String, Int) {
    guard value != 0 else { return ("0", 1) }
    let parts = value.description.split(separator: "e")
    let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
    let sides = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = String(sides[0]) + (sides.count == 2 ? String(sides[1]) : "")
    var point = sides[0].count + exponent
    while digits.count > 1, digits.hasPrefix("0") {
      digits.removeFirst()
      point -= 1
    }
    while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
    return (digits, point)
  }

  /// A number with this many digits after the point, exactly rounded, halves to even: `%.nf`.
  static func fixed(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    var (digits, point) = exactDigits(value.magnitude)
    // At least one digit before the point.
    if point < 1 {
      digits = Array(repeating: 0, count: 1 - point) + digits
      point = 1
    }
    let kept = point + places
    if digits.count < kept {
      digits += Array(repeating: 0, count: kept - digits.count)
    } else if digits.count > kept {
      let rest = digits[kept...]
      let isHalf = rest.first == 5 && !rest.dropFirst().contains { $0 != 0 }
      let roundsUp = isHalf ? (kept > 0 && digits[kept - 1] % 2 == 1) : (rest.first ?? 0) >= 5
      digits.removeSubrange(kept...)
      if roundsUp {
        var place = kept - 1
        while place >= 0, digits[place] == 9 {
          digits[place] = 0
          place -= 1
        }
        if place >= 0 {
          digits[place] += 1
        } else {
          digits.insert(1, at: 0)
          point += 1
        }
      }
    }
    let text = digits.map { String($0) }
    let whole = text.prefix(point).joined()
    let sign = value.sign == .minus ? "-" : ""
    return sign + whole + (places > 0 ? "." + text.dropFirst(point).joined() : "")
  }

  /// All digits of a number, and how many stand before the point.
  private static func exactDigits(_ value: Double) -> ([UInt8], Int) {
    guard value != 0 else { return ([0], 1) }
    // The number is a whole one times a power of two.
    let fractionBits = Int(value.exponent < -1022 ? -1074 : value.exponent - 52)
    var digits = String(UInt64(value.significandBitPattern | (value.isNormal ? 1 << 52 : 0))).utf8.map { $0 - 48 }
    func multiply(by factor: Int) {
      var carry = 0
      for place in digits.indices.reversed() {
        carry += Int(digits[place]) * factor
        digits[place] = UInt8(carry % 10)
        carry /= 10
      }
      while carry > 0 {
        digits.insert(UInt8(carry % 10), at: 0)
        carry /= 10
      }
    }
    // Dividing by 2ⁿ is multiplying by 5ⁿ and moving the point by n.
    for _ in 0..<abs(fractionBits) { multiply(by: fractionBits < 0 ? 5 : 2) }
    return (digits, digits.count + min(0, fractionBits))
  }
}
