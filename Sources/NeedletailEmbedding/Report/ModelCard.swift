internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the front matter of a folder's `README.md` states, as far as it is asked for.
///
/// The front matter is YAML. Only the forms that stand for one text or a list of texts under a key of the outermost
/// level are read, nothing else of YAML.
struct ModelCard {
  /// The licences as the hub abbreviates them, of `other` the name that it is given; empty where none is stated.
  let licenses: [String]

  /// Front matter is small and stands at the start.
  private static let limit = 1 << 16
  /// Characters of a licence's name, and licences of a model.
  private static let longest = 100
  private static let most = 16

  init(_ folder: URL) {
    let path = folder.appending(path: "README.md").path
    let lines = Self.frontMatter((try? Self.start(of: path)) ?? [])
    let names = Self.values(of: "license", lines)
    let ownNames = names == ["other"] ? Self.values(of: "license_name", lines) : []
    licenses = ownNames.isEmpty ? names : ownNames
  }

  private static func start(of path: String) throws -> [UInt8] {
    let file = try RegularFile(path, name: path)
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let piece = try file.next(limit - bytes.count)
      if piece.isEmpty { break }
      bytes += piece
    }
    return bytes
  }

  /// The lines between the first two of three dashes; none where the text does not begin with such a line.
  private static func frontMatter(_ bytes: [UInt8]) -> [String] {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
    guard lines.first == "---" else { return [] }
    return Array(lines.dropFirst().prefix { $0 != "---" && $0 != "..." })
  }

  /// The text, or the texts of the list, under a key.
  private static func values(of key: String, _ lines: [String]) -> [String] {
    guard let index = lines.firstIndex(where: { $0.hasPrefix(key + ":") }) else { return [] }
    let rest = lines[index].dropFirst(key.count + 1).trimmingPrefix { $0 == " " || $0 == "\t" }
    let values: [Substring]
    if rest.hasPrefix("[") {
      values = rest.dropFirst().prefix { $0 != "]" }.split(separator: ",")
    } else if rest.isEmpty || rest.hasPrefix("#") {
      values = lines[(index + 1)...].map { $0.trimmingPrefix { $0 == " " } }.prefix { $0.hasPrefix("- ") }
        .map { $0.dropFirst(2) }
    } else {
      values = [rest]
    }
    return values.prefix(most).map(scalar).filter { !$0.isEmpty }
  }

  /// A plain or quoted text, without a comment and what would steer a terminal.
  private static func scalar(_ text: Substring) -> String {
    var text = text.trimmingPrefix { $0 == " " }
    if let quote = text.first, quote == "\"" || quote == "'" {
      text = text.dropFirst().prefix { $0 != quote }
    } else if let comment = text.firstRange(of: " #") {
      text = text[..<comment.lowerBound]
    }
    while text.last == " " { text = text.dropLast() }
    // Texts over several lines begin so; licences are none.
    guard text.first != "|", text.first != ">" else { return "" }
    let printable = text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
    return String(String.UnicodeScalarView(printable.prefix(longest)))
  }
}
