import Needletail

/// What is written of the tokens of a text.
enum TokenForm: Sendable {
  /// Tokens and ids in one line.
  case tokens
  /// Ids in one line, by the fast way that models use.
  case ids
  /// A line a token: id, token, where it stands and the text there.
  case offsets
  /// The text itself, its pieces on coloured grounds.
  case colors
  /// An object a line, with everything.
  case json
  /// An object a line, with the ids alone.
  case jsonIDs
}

/// Colours of a terminal, or none.
///
/// Grounds and letters are both set, so that pieces can be read on dark and on light terminals.
struct TokenStyle: Sendable {
  /// Whether anything but the text is written.
  let isColored: Bool

  /// Pale grounds that differ for eyes of every kind when they stand side by side.
  private static let grounds = [153, 223, 157, 218, 189]

  /// A piece on the ground of its number.
  func piece(_ text: String, _ number: Int) -> String {
    styled(text, "38;5;16;48;5;\(Self.grounds[number % Self.grounds.count])")
  }

  /// A piece that the vocabulary lacks.
  func unknown(_ text: String) -> String { styled(text, "38;5;231;48;5;160") }

  /// What is not text: special tokens, ids.
  func dim(_ text: String) -> String { styled(text, "2") }

  /// Text that truncation took away.
  func cut(_ text: String) -> String { styled(text, "2;9") }

  private func styled(_ text: String, _ codes: String) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(codes)m\(text)\u{1B}[0m" : text
  }
}

extension String {
  /// The text with everything that steers a terminal made visible; line feeds get a sign and stay.
  var shown: String {
    var view = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0x0A: view.append(contentsOf: "\u{21B5}\n".unicodeScalars)
      case 0x09: view.append("\u{2192}")
      case 0x00..<0x20: view.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
      case 0x7F: view.append("\u{2421}")
      case 0x80..<0xA0: view.append("\u{FFFD}")
      default: view.append(scalar)
      }
    }
    return String(view)
  }

  /// The text as a field of a table: backslash, tab, line feed and carriage return as `\\`, `\t`, `\n` and `\r`, other
  /// controls as `\u0001`.
  var field: String {
    guard unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || $0 == "\\" }) else {
      return self
    }
    var view = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar {
      case "\\": view.append(contentsOf: "\\\\".unicodeScalars)
      case "\t": view.append(contentsOf: "\\t".unicodeScalars)
      case "\n": view.append(contentsOf: "\\n".unicodeScalars)
      case "\r": view.append(contentsOf: "\\r".unicodeScalars)
      case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}":
        let digits = String(scalar.value, radix: 16)
        view.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
      default: view.append(scalar)
      }
    }
    return String(view)
  }
}
