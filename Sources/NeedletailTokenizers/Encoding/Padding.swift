/// How encodings are filled up to one length, for programs that want batches without ragged ends.
///
/// Needletail's own encoders read ``PackedTokens`` and need none.
public struct Padding: Sendable, Equatable {
  /// The length that encodings are filled up to; longer ones stay as they are.
  public enum Length: Sendable, Equatable {
    /// That of the longest encoding of a batch, what truncation cut off not counted.
    case longest
    /// So many tokens.
    case fixed(Int)
  }

  /// The length to fill up to.
  public var length: Length
  /// The length is rounded up to a multiple of this; at least 1.
  public var multiple: Int
  /// The side that is filled up.
  public var direction: Truncation.Direction
  /// The id that fills up.
  public var id: Int32
  /// Its segment.
  public var typeID: Int32
  /// Its token.
  public var token: String

  /// Filling up; by default on the right, to the longest, with id 0.
  public init(
    length: Length = .longest, multiple: Int = 1, direction: Truncation.Direction = .right, id: Int32 = 0,
    typeID: Int32 = 0, token: String = "[PAD]"
  ) {
    self.length = length
    self.multiple = multiple
    self.direction = direction
    self.id = id
    self.typeID = typeID
    self.token = token
  }

  /// The longest that encodings are filled up to, tokens.
  static let longestLength = 1 << 24

  /// Fills up encodings, and what was cut off of each.
  func apply(to encodings: inout [Encoding]) throws(TokenizerError) {
    var target =
      switch length {
      case .longest: encodings.reduce(0) { max($0, $1.ids.count) }
      case .fixed(let length): length
      }
    guard (1...Self.longestLength).contains(multiple), (0...Self.longestLength).contains(target) else {
      throw TokenizerError(
        .invalidPadding,
        "expected a length up to \(Self.longestLength) and a multiple from 1 on, found \(target) and \(multiple)",
        subject: "padding")
    }
    target = (target + multiple - 1) / multiple * multiple
    for index in encodings.indices { encodings[index].pad(to: target, with: self) }
  }
}

extension Encoding {
  fileprivate mutating func pad(to length: Int, with padding: Padding) {
    for index in overflowing.indices { overflowing[index].pad(to: length, with: padding) }
    let missing = length - ids.count
    guard missing > 0 else { return }
    func fill<Element>(_ values: inout [Element], _ value: Element) {
      values.insert(contentsOf: repeatElement(value, count: missing), at: padding.direction == .left ? 0 : values.count)
    }
    fill(&ids, padding.id)
    fill(&tokens, padding.token)
    fill(&offsets, 0..<0)
    fill(&wordIDs, nil)
    fill(&typeIDs, padding.typeID)
    fill(&specialTokensMask, true)
    fill(&attentionMask, false)
  }
}
