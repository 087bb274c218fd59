import Needletail

extension DocumentHit {
  /// The hit as `--json` writes it; `passage` where the nearest chunk is a part of the document's text.
  var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("id", .string(document.id)), ("score", .float(score)), ("text", .string(document.text)),
      ("metadata", document.metadata),
    ]
    if let passage { members.append(("passage", .string(passage))) }
    return .object(members)
  }

  /// The hit for people: score and id, and below them the beginning of what was nearest, in one line.
  var shown: String {
    let text = StandardError.oneLine(passage ?? document.text)
    let start = text.prefix(Self.shownCharacters)
    return
      "\(score.rounded(digits: 2))  \(StandardError.oneLine(document.id))\n      \(start)\(start.count < text.count ? "…" : "")"
  }

  private static let shownCharacters = 240

  private var passage: String? {
    let bytes = document.text.utf8
    guard field == "text", range.count < bytes.count, range.upperBound <= bytes.count else { return nil }
    return String(decoding: bytes.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
  }
}
