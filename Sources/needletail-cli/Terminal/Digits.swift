extension BinaryFloatingPoint {
  /// The number with this many digits after the point.
  func rounded(digits: Int) -> String {
    guard isFinite, magnitude < 1e15 else { return "\(self)" }
    var factor = 1
    for _ in 0..<digits { factor *= 10 }
    let scaled = Int((Double(magnitude) * Double(factor)).rounded())
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % factor)
    return "\(sign)\(scaled / factor)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
