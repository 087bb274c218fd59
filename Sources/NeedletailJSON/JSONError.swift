/// A JSON text that cannot be read, or that does not hold what was asked of it.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The bytes are not JSON (RFC 8259).
    public static let malformed = Code(name: "malformed")
    /// A required key is absent.
    public static let missing = Code(name: "missing")
    /// A value has another type than expected.
    public static let wrongType = Code(name: "wrongType")
    /// A number or a count is outside its range.
    public static let outOfRange = Code(name: "outOfRange")
    /// The text is larger or nests deeper than the reader accepts.
    public static let tooLarge = Code(name: "tooLarge")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected and what was found.
  public let message: String
  /// The file or input that holds the text.
  public let subject: String
  /// The line of the offending byte, counted from 1.
  public let line: Int
  /// The column of the offending byte, counted in bytes from 1.
  public let column: Int

  /// Where and what, in one line.
  public var description: String { "\(subject):\(line):\(column): \(message)" }
}
