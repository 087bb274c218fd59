/// The largest difference between two lists of the same length; infinite where they differ in length or hold no number.
public func largestDifference(_ one: some Collection<Float>, _ other: some Collection<Float>) -> Float {
  guard one.count == other.count else { return .infinity }
  return zip(one, other).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// The cosine of the angle between two vectors, computed in float64; 0 for a zero vector.
public func cosine(_ one: some Collection<Float>, _ other: some Collection<Float>) -> Double {
  func dot(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Double {
    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  let lengths = (dot(one, one) * dot(other, other)).squareRoot()
  return lengths > 0 ? dot(one, other) / lengths : 0
}

/// A vector scaled to length 1, computed in float64; a zero vector stays.
public func normalized(_ vector: some Collection<Float>) -> [Float] {
  let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  return vector.map { length > 0 ? Float(Double($0) / length) : $0 }
}
