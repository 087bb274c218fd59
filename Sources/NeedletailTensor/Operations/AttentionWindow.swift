/// Which keys a query sees: those at most `before` tokens before it and at most `after` tokens after it, itself always.
package struct AttentionWindow: Sendable, Equatable {
  /// How many tokens before the query it sees; `nil` for all.
  package let before: Int?
  /// How many tokens after the query it sees; `nil` for all.
  package let after: Int?

  /// Every token sees the whole text.
  package static let bidirectional = AttentionWindow(before: nil, after: nil)
  /// Every token sees itself and those before it.
  package static let causal = AttentionWindow(before: nil, after: 0)

  /// Every token sees its neighbourhood; the work is proportional to its size.
  package static func sliding(before: Int, after: Int) -> AttentionWindow {
    precondition(before >= 0 && after >= 0, "a window reaches zero tokens or more in both directions")
    return AttentionWindow(before: before, after: after)
  }

  private init(before: Int?, after: Int?) {
    self.before = before
    self.after = after
  }

  /// How many pairs of a token and one that it sees a text has.
  func pairs(length: Int) -> Int {
    /// Those where the other token stands on one side, at most `reach` away.
    func side(_ reach: Int?) -> Int {
      let reach = min(reach ?? length, max(length - 1, 0))
      return reach * length - reach * (reach + 1) / 2
    }
    return side(before) + side(after) + length
  }

  /// The limits as the kernels take them: all bits set for none.
  var limits: (before: Int, after: Int) { (before ?? -1, after ?? -1) }
}
