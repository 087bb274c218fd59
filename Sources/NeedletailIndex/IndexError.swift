/// Vectors that an index cannot hold, or a search that it cannot answer.
public struct IndexError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A vector has another number of values than the index.
    public static let dimensionMismatch = Code(name: "dimensionMismatch")
    /// A vector holds a NaN or an infinity, or its squares overflow.
    public static let notFinite = Code(name: "notFinite")
    /// A limit or a dimension is not positive.
    public static let outOfRange = Code(name: "outOfRange")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected and what was found.
  public let message: String
  /// The vector or parameter at fault.
  public let subject: String

  init(_ code: Code, _ subject: String, _ message: String) {
    self.code = code
    self.message = message
    self.subject = subject
  }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
