internal import NeedletailJSON
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension VocabularyExtension {
  /// The tokenizer files of a model folder as they are with the new tokens.
  public struct Files: Sendable {
    /// Names and contents, `tokenizer.json` first.
    public let contents: [(name: String, bytes: [UInt8])]
    /// Files of the old tokenizer that cannot take new words, such as a SentencePiece model; they would contradict the
    /// `tokenizer.json`.
    public let leftOut: [String]
  }

  /// What the other tokenizer files of a folder become: `vocab.txt` gets the new tokens as new lines, `vocab.json` as new
  /// members, `added_tokens.json` and the `added_tokens_decoder` of `tokenizer_config.json` get new added tokens, all
  /// other files stay as they are.
  ///
  /// - Parameter folder: Where the old `tokenizer.json` is.
  /// - Throws: `TokenizerError` where a file cannot be read, or does not fit the old vocabulary.
  public func files(updating folder: URL) throws(TokenizerError) -> Files {
    var contents: [(name: String, bytes: [UInt8])] = [("tokenizer.json", tokenizerJSON)]
    var leftOut: [String] = []
    for name in Self.tokenizerFiles {
      let file = folder.appending(path: name)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let bytes = try Tokenizer.read(file)
      switch name {
      case "vocab.txt": contents.append((name, try lines(bytes, subject: file.relativePath)))
      case "vocab.json": contents.append((name, try members(bytes, .added, subject: file.relativePath)))
      case "added_tokens.json": contents.append((name, try members(bytes, .addedToken, subject: file.relativePath)))
      case "tokenizer_config.json": contents.append((name, try configuration(bytes, subject: file.relativePath)))
      case "special_tokens_map.json", "merges.txt": contents.append((name, bytes))
      default: leftOut.append(name)
      }
    }
    return Files(contents: contents, leftOut: leftOut)
  }

  private static let tokenizerFiles = [
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
    "sentencepiece.bpe.model", "spiece.model", "spm.model", "tokenizer.model", "unigram.json",
  ]

  private func new(_ outcome: Entry.Outcome) -> [Entry] {
    var seen: Set<Int32> = []
    return entries.filter { $0.outcome == outcome && seen.insert($0.id).inserted }.sorted { $0.id < $1.id }
  }

  /// A `vocab.txt`, in which a line's number is the id of its token.
  private func lines(_ bytes: [UInt8], subject: String) throws(TokenizerError) -> [UInt8] {
    var result = bytes
    if let last = result.last, last != 0x0A { result.append(0x0A) }
    var count = result.count { $0 == 0x0A }
    for entry in new(.added) {
      guard count <= Int(entry.id) else {
        throw TokenizerError(
          .invalidVocabulary, "has \(count) lines, more than the \(oldSize) ids of the tokenizer.json", subject: subject
        )
      }
      // Added tokens that stood after the vocabulary come between.
      while count < Int(entry.id) {
        result += (tokenizer.token(forID: Int32(truncatingIfNeeded: count)) ?? "").utf8
        result.append(0x0A)
        count += 1
      }
      result += entry.token.utf8
      result.append(0x0A)
      count += 1
    }
    return result
  }

  /// An object from tokens to ids.
  private func members(_ bytes: [UInt8], _ outcome: Entry.Outcome, subject: String) throws(TokenizerError) -> [UInt8] {
    try Self.editing(bytes, subject) { root, edits in
      edits.append(new(outcome).map { "\($0.token.quotedJSON): \($0.id)" }, to: root)
    }
  }

  private func configuration(_ bytes: [UInt8], subject: String) throws(TokenizerError) -> [UInt8] {
    try Self.editing(bytes, subject) { root, edits in
      guard let decoder = root.optional("added_tokens_decoder") else { return }
      let entries = new(.addedToken).map { entry in
        "\"\(entry.id)\": "
          + JSONValue.object([
            "content": .string(entry.token), "lstrip": .boolean(false), "normalized": .boolean(true),
            "rstrip": .boolean(false), "single_word": .boolean(true), "special": .boolean(false),
          ]).text()
      }
      edits.append(entries, to: decoder)
    }
  }

  private static func editing(
    _ bytes: [UInt8], _ subject: String, _ edit: (JSON, inout JSONInsertions) -> Void
  ) throws(TokenizerError) -> [UInt8] {
    do throws(JSONError) {
      let document = try JSONDocument(parsing: bytes, subject: subject)
      var edits = JSONInsertions(bytes, document)
      edit(try document.root.expect(.object, "a configuration"), &edits)
      return edits.applied()
    } catch {
      throw TokenizerError(reading: error, subject: subject)
    }
  }
}
