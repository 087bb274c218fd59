import ArgumentParser

/// A field of a collection and how much it counts: `NAME` or `NAME=WEIGHT`.
struct WeightedFieldArgument: ExpressibleByArgument {
  let name: String
  /// `nil` where none was given.
  let weight: Float?

  init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    // A name may hold the sign, too: what stands after the last one is a weight where it is a number.
    if let sign = argument.lastIndex(of: "="), let weight = Float(argument[argument.index(after: sign)...]) {
      (name, self.weight) = (String(argument[..<sign]), weight)
    } else {
      (name, weight) = (argument, nil)
    }
  }

  static func check(_ fields: [WeightedFieldArgument]) throws {
    for field in fields {
      if let weight = field.weight, !(weight > 0 && weight.isFinite) {
        throw ValidationError("--field \(field.name) should have a weight of more than 0, found \(weight)")
      }
    }
    if Set(fields.map(\.name)).count < fields.count { throw ValidationError("--field names one field twice") }
  }
}
