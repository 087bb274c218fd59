internal import Synchronization

/// A table that is made once, when enough text is read to pay for it: loading a tokenizer and a short text go without.
final class WholeWords: Sendable {
  private let made = Mutex<WordTable?>(nil)

  /// How much text has to be read before the table is made, bytes.
  static let threshold = 1 << 13

  /// The table, if there is one or it is to be made.
  func table(makes: Bool, _ make: () -> WordTable) -> WordTable? {
    made.withLock { table in
      if table == nil, makes { table = make() }
      return table
    }
  }
}
