/// A finite number of JSON: a whole number of 64 bits, exact, or else the nearest double.
///
/// Numbers are compared by their values: 2 equals 2.0, and 9007199254740993 lies between 9007199254740992 and
/// 9007199254740994, which are doubles while it is none.
public struct AttributeNumber: Sendable, Hashable, Comparable {
  /// Whole numbers of 64 bits are always `.whole`, so that a number has one form.
  enum Form: Sendable, Hashable {
    case whole(Int64)
    case double(Double)
  }

  let form: Form

  /// A whole number.
  public init(_ value: Int) { form = .whole(Int64(value)) }

  /// A number; `nil` where it is infinite or not a number, which JSON lacks.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    form = Int64(exactly: value).map { .whole($0) } ?? .double(value)
  }

  /// Whether one value is less than the other.
  public static func < (lhs: AttributeNumber, rhs: AttributeNumber) -> Bool {
    switch (lhs.form, rhs.form) {
    case (.whole(let left), .whole(let right)): left < right
    case (.double(let left), .double(let right)): left < right
    case (.whole(let left), .double(let right)): isLess(left, right)
    case (.double(let left), .whole(let right)): !isLess(right, left)
    }
  }

  /// Compares with a double that is no whole number of 64 bits, so that the two are never equal.
  private static func isLess(_ whole: Int64, _ double: Double) -> Bool {
    Int64(exactly: double.rounded(.down)).map { whole <= $0 } ?? (double > 0)
  }
}

extension AttributeNumber: CustomStringConvertible {
  /// The number as JSON writes it, with the fewest digits that read back as the same number.
  public var description: String {
    switch form {
    case .whole(let value): value.description
    case .double(let value): value.description
    }
  }
}
