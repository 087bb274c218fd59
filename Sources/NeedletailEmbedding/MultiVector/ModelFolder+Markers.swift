internal import NeedletailJSON
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ModelFolder {
  /// Reads the folder's tokenizer so that markers which its vocabulary knows are one token each, as they were in
  /// training; markers that it does not know are text.
  func tokenizer(lowercasing: Bool, rows: Int, markers: [String]) throws -> Tokenizer {
    let tokenizer = try tokenizer(lowercasing: lowercasing, rows: rows)
    var options = EncodingOptions()
    options.addsSpecialTokens = false
    var missing: [(token: String, id: Int32)] = []
    for marker in markers {
      let word = marker.split(whereSeparator: \.isWhitespace).first.map(String.init)
      guard let word, let token = [marker, word].first(where: { tokenizer.id(forToken: $0) != nil }),
        let id = tokenizer.id(forToken: token)
      else { continue }
      if try tokenizer.encode(token, options: options).ids != [id] { missing.append((token, id)) }
    }
    guard !missing.isEmpty else { return tokenizer }
    guard !lowercasing, let json = try json("tokenizer.json") else {
      throw EmbeddingError(
        .unsupported, file("tokenizer.json").path,
        "the marker \"\(missing[0].token)\" is no token of its own, which needs a tokenizer.json without do_lower_case")
    }
    let added = missing.map { token, id -> JSONValue in
      .object([
        "id": .integer(Int(id)), "content": .string(token), "single_word": .boolean(false), "lstrip": .boolean(false),
        "rstrip": .boolean(false), "normalized": .boolean(false), "special": .boolean(true),
      ])
    }
    let kept =
      json.optional("added_tokens")?.elements.filter { entry in
        !missing.contains { $0.token == entry.optional("content")?.string }
      } ?? []
    let members = json.members.map { (key: String(decoding: $0.key, as: UTF8.self), value: $0.value) }
    let changed = members.filter { $0.key != "added_tokens" }.map { (key: $0.key, value: JSONValue(copying: $0.value)) }
    let tokens = JSONValue.array(kept.map { JSONValue(copying: $0) } + added)
    return try Tokenizer(
      tokenizerJSON: Array(JSONValue.object(changed + [(key: "added_tokens", value: tokens)]).text().utf8),
      subject: file("tokenizer.json").path)
  }
}
