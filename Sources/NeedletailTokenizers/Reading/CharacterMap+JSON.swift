internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension CharacterMap {
  init(reading json: JSON) throws {
    let place = try json.value("precompiled_charsmap")
    guard let data = Data(base64Encoded: try json.string("precompiled_charsmap")) else {
      throw place.problem(.malformed, "\"precompiled_charsmap\" is not base64")
    }
    do {
      try self.init(data)
    } catch {
      throw place.problem(.malformed, error.message)
    }
  }
}

extension Normalizer {
  /// The patterns of runs that converters of SentencePiece models write: one character, then how often it stands.
  static func runs(reading pattern: JSON, content json: JSON) throws -> Normalizer? {
    guard pattern["Regex"] != nil else { return nil }
    let text = Array(try pattern.string("Regex").unicodeScalars)
    let special = "\\^$.|?*+()[]{}".unicodeScalars
    guard let scalar = text.first, !special.contains(scalar) else { return nil }
    var minimum = 1
    let rest = String(String.UnicodeScalarView(text.dropFirst()))
    if rest.hasPrefix("{"), rest.hasSuffix(",}"), let number = Int(rest.dropFirst().dropLast(2)),
      (1...1000).contains(number)
    {
      minimum = number
    } else if rest != "+" {
      return nil
    }
    return .replaceRuns(
      of: scalar.value, atLeast: minimum, content: try json.string("content").unicodeScalars.map(\.value))
  }
}
