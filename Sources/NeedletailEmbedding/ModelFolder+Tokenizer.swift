internal import NeedletailJSON
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ModelFolder {
  /// Reads the folder's tokenizer.
  ///
  /// - Parameters:
  ///   - lowercasing: Whether texts are lower-cased before every other stage, added tokens excepted, as
  ///     `do_lower_case` of sentence-transformers does it.
  ///   - rows: Rows of the model's table; an id beyond them is an error.
  func tokenizer(lowercasing: Bool, rows: Int) throws -> Tokenizer {
    let tokenizer = try lowercasing ? lowercasingTokenizer() : Tokenizer(folder: url, noting: record)
    guard tokenizer.vocabularySize <= rows else {
      let id = tokenizer.vocabularySize - 1
      let name = tokenizer.token(forID: Int32(id)) ?? ""
      throw EmbeddingError(
        .malformed, file(has("tokenizer.json") ? "tokenizer.json" : "vocab.txt").path,
        "the token \"\(name)\" has the id \(id); the model's table has \(rows) rows")
    }
    return tokenizer
  }

  private func lowercasingTokenizer() throws -> Tokenizer {
    guard let json = try json("tokenizer.json") else {
      let config = try json("tokenizer_config.json")
      guard config?.optional("do_lower_case")?.boolean ?? true else {
        throw EmbeddingError(
          .unsupported, file("tokenizer_config.json").path,
          "do_lower_case is false here and true for sentences, which needs a tokenizer.json")
      }
      return try Tokenizer(folder: url, noting: record)
    }
    let normalizer = json.optional("normalizer")
    if let normalizer, Self.lowercases(normalizer) { return try Tokenizer(folder: url, noting: record) }
    let lowercase = JSONValue.object(["type": .string("Lowercase")])
    let first: JSONValue = .object([
      "type": .string("Sequence"),
      "normalizers": .array(normalizer.map { [lowercase, JSONValue(copying: $0)] } ?? [lowercase]),
    ])
    let members = json.members.map { (key: String(decoding: $0.key, as: UTF8.self), value: $0.value) }
    let changed = members.filter { $0.key != "normalizer" }.map { (key: $0.key, value: JSONValue(copying: $0.value)) }
    return try Tokenizer(
      tokenizerJSON: Array(JSONValue.object(changed + [(key: "normalizer", value: first)]).text().utf8),
      subject: file("tokenizer.json").path)
  }

  /// Whether lower-casing before this normalizer would change nothing.
  private static func lowercases(_ normalizer: JSON) -> Bool {
    switch normalizer.optional("type")?.string {
    case "Lowercase": true
    case "BertNormalizer": normalizer.optional("lowercase")?.boolean == true
    case "Sequence":
      normalizer.optional("normalizers")?.elements.contains { $0.optional("type")?.string == "Lowercase" } == true
    default: false
    }
  }

  /// The truncation inside `tokenizer.json`: all that limits a static model.
  func tokenizerTruncation() throws -> Truncation? {
    guard let json = try json("tokenizer.json"), let settings = json.optional("truncation") else { return nil }
    do {
      let strategy = try settings.string("strategy", default: "LongestFirst")
      guard strategy != "OnlySecond" else {
        throw EmbeddingError(
          .unsupported, file("tokenizer.json").path, "the truncation strategy OnlySecond cannot cut single texts")
      }
      return Truncation(
        maximumLength: try settings.integer("max_length", in: 1...Int(Int32.max)),
        direction: try Self.direction(settings.string("direction", default: "Right").lowercased(), settings))
    } catch let error as JSONError {
      throw EmbeddingError(.malformed, error, subject: file("tokenizer.json").path)
    }
  }

  /// The side at which a transformer's texts are cut: `truncation_side` of `tokenizer_config.json`.
  func truncationSide() throws -> Truncation.Direction {
    guard let json = try json("tokenizer_config.json") else { return .right }
    do { return try Self.direction(json.string("truncation_side", default: "right"), json) } catch {
      throw EmbeddingError(.malformed, error, subject: file("tokenizer_config.json").path)
    }
  }

  private static func direction(_ name: String, _ place: JSON) throws(JSONError) -> Truncation.Direction {
    guard let direction = Truncation.Direction(rawValue: name) else {
      throw place.error(.outOfRange, "the side \"\(name)\" to cut texts at is neither right nor left")
    }
    return direction
  }
}
