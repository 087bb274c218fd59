#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Shows hits as text: `path:line`, the score, and the passage with its best sentence marked.
///
/// What a file holds cannot steer the terminal: control characters are shown as U+FFFD.
public struct HitPrinter: Sendable {
  /// How the best sentence is marked.
  public enum Style: Sendable {
    /// By `>>` before its lines.
    case plain
    /// By bold type; paths have a colour.
    case terminal
  }

  /// How the best sentence is marked.
  public let style: Style
  /// Columns of text; longer lines are wrapped.
  public let width: Int

  /// Creates a printer.
  ///
  /// - Parameters:
  ///   - style: How the best sentence is marked.
  ///   - width: Columns of text; at least 20 is used.
  public init(style: Style, width: Int = 80) {
    self.style = style
    self.width = max(20, width)
  }

  /// The printer that suits standard output: colours on a terminal unless `NO_COLOR` is set or `TERM` is `dumb`, at the
  /// terminal's width.
  public static func standardOutput(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> HitPrinter {
    guard isatty(STDOUT_FILENO) == 1 else { return HitPrinter(style: .plain, width: 80) }
    let isColourless = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
    var size = winsize()
    let hasSize = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let width = hasSize ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) } ?? 80
    return HitPrinter(style: isColourless ? .plain : .terminal, width: min(width, 100))
  }

  /// A hit as lines, the last one ended too.
  public func text(_ hit: FileHit) -> String {
    var output = heading(hit)
    let text = Array(hit.passage.text.utf8)
    let best = hit.bestSentence ?? 0..<0
    let parts = [(0..<best.lowerBound, false), (best, true), (best.upperBound..<text.count, false)]
    let keepsLines = FileKind(name: hit.path) == .code
    for (range, isBest) in parts {
      for line in lines(String(decoding: text[range], as: UTF8.self), keepsLines: keepsLines) {
        switch style {
        case .plain: output += (isBest ? " >> " : "    ") + line + "\n"
        case .terminal: output += "    " + (isBest ? "\u{1B}[1m\(line)\u{1B}[0m" : line) + "\n"
        }
      }
    }
    return output
  }

  private func heading(_ hit: FileHit) -> String {
    let place = "\(Self.safe(hit.path)):\(hit.passage.firstLine)"
    let sign = hit.score < 0 ? "-" : ""
    let thousandths = Int((abs(hit.score) * 1_000).rounded())
    let digits = String(thousandths % 1_000)
    var notes = "\(sign)\(thousandths / 1_000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
    if let id = hit.passage.id { notes += "  id \(Self.safe(id))" }
    if hit.copies > 0 { notes += "  (and \(hit.copies) more with the same text)" }
    return style == .terminal ? "\u{1B}[36m\(place)\u{1B}[0m  \(notes)\n" : "\(place)  \(notes)\n"
  }

  /// The text in lines that fit.
  private func lines(_ text: String, keepsLines: Bool) -> [String] {
    if keepsLines {
      return text.split(separator: "\n").map { Self.safe(String($0)) }.filter { line in !line.allSatisfy(\.isWhitespace)
      }
    }
    // A blank line ends a paragraph; single line ends are white space.
    let paragraphs = text.split(separator: "\n", omittingEmptySubsequences: false).split {
      $0.allSatisfy(\.isWhitespace)
    }
    return paragraphs.flatMap { wrapped($0.joined(separator: " ")) }
  }

  /// One paragraph in lines that fit.
  private func wrapped(_ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    var columns = 0
    for word in text.split(whereSeparator: \.isWhitespace) {
      let word = Self.safe(String(word))
      let length = Self.columns(word)
      if !line.isEmpty, columns + 1 + length > width - 4 {
        lines.append(line)
        line = ""
        columns = 0
      }
      if line.isEmpty, length > width - 4 {
        // A word, or a text without spaces, that is longer than a line.
        for character in word {
          let own = Self.columns(String(character))
          if columns + own > width - 4 {
            lines.append(line)
            line = ""
            columns = 0
          }
          line.append(character)
          columns += own
        }
        continue
      }
      columns += line.isEmpty ? length : length + 1
      line += line.isEmpty ? word : " " + word
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// How wide a text is: Chinese, Japanese and Korean characters and most pictures take two columns, marks none.
  private static func columns(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { columns, scalar in
      switch scalar.value {
      case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: columns
      case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        columns + 2
      default: columns + 1
      }
    }
  }

  /// Without characters that steer a terminal; a tab becomes two spaces.
  private static func safe(_ text: String) -> String {
    var safe = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09: safe.append(contentsOf: "  ".unicodeScalars)
      case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: safe.append("\u{FFFD}")
      default: safe.append(scalar)
      }
    }
    return String(safe)
  }
}
