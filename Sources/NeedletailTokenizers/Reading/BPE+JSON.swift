internal import NeedletailJSON

extension BPE {
  init(reading json: JSON) throws {
    let vocabulary = try Vocabulary(reading: json.value("vocab"))
    let options = try Options(reading: json, vocabulary)
    let list = try json.value("merges").expect(.array, "\"merges\"")
    var builder = Builder(vocabulary: vocabulary, options: options, count: list.count)
    for entry in list.elements {
      if let line = entry.utf8, line.starts(with: Array("#version".utf8)) { continue }
      do throws(Vocabulary.Problem) {
        try builder.add(Self.pair(entry))
      } catch {
        throw entry.problem(.invalidVocabulary, error.message)
      }
    }
    self = builder.finished()
  }

  /// A merge is a pair of strings, or in older files one string with a space between the two.
  static func pair(_ entry: JSON) throws(Vocabulary.Problem) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
    if let line = entry.utf8 { return try Builder.pair(line: line) }
    var parts: [ArraySlice<UInt8>] = []
    if entry.kind == .array { for part in entry.elements { if let bytes = part.utf8 { parts.append(bytes) } } }
    guard parts.count == 2, entry.count == 2 else {
      throw Vocabulary.Problem(message: "a merge should be two strings, or a string with one space between its parts")
    }
    return (parts[0], parts[1])
  }
}

extension BPE.Options {
  /// What the file says beside vocabulary and merges.
  init(reading json: JSON, _ vocabulary: Vocabulary) throws {
    self.init()
    let dropout = try json.double("dropout", default: 0)
    guard (0...1).contains(dropout) else {
      throw json.problem(.malformed, "\"dropout\" is \(dropout), expected 0 to 1")
    }
    self.dropout = Float(dropout)
    fusesUnknown = try json.boolean("fuse_unk", default: false)
    ignoresMerges = try json.boolean("ignore_merges", default: false)
    prefix = Array(try json.string("continuing_subword_prefix", default: "").utf8)
    suffix = Array(try json.string("end_of_word_suffix", default: "").utf8)
    if json.optional("unk_token") != nil {
      let token = try json.string("unk_token")
      unknown = vocabulary.id(Array(token.utf8)).map { Int32(truncatingIfNeeded: $0) }
      if unknown == nil { missingUnknown = token }
    }
    if try json.spellsUnknownBytes {
      byteTokens = BytePieces.ids(in: vocabulary)
    }
  }
}

extension BPE {
  /// A model that is being read, merge by merge.
  struct Builder {
    private let vocabulary: Vocabulary
    private let options: Options
    private var merges: MergeTable
    private var count: UInt32 = 0
    private var product: [UInt8] = []

    init(vocabulary: Vocabulary, options: Options, count: Int) {
      self.vocabulary = vocabulary
      self.options = options
      merges = MergeTable(capacity: count)
    }

    /// The parts of a line of a `merges.txt`.
    static func pair(line: ArraySlice<UInt8>) throws(Vocabulary.Problem) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
      guard let space = line.firstIndex(of: 0x20), !line[(space + 1)...].contains(0x20) else {
        throw Vocabulary.Problem(
          message: "a merge should be two tokens with one space between them, found \"\(Self.text(line))\"")
      }
      return (line[..<space], line[(space + 1)...])
    }

    mutating func add(_ pair: (ArraySlice<UInt8>, ArraySlice<UInt8>)) throws(Vocabulary.Problem) {
      let (left, right) = pair
      guard right.count > options.prefix.count, !left.isEmpty else {
        throw Vocabulary.Problem(
          message: "merging \"\(Self.text(left))\" and \"\(Self.text(right))\" makes nothing longer")
      }
      product.removeAll(keepingCapacity: true)
      product += left
      product += right.dropFirst(options.prefix.count)
      let ids = (try id(left), try id(right), try id(product[...]))
      merges.set(ids.0, ids.1, Merge(rank: count, id: ids.2))
      count += 1
    }

    func finished() -> BPE { BPE(vocabulary: vocabulary, merges: merges, options: options) }

    private func id(_ token: ArraySlice<UInt8>) throws(Vocabulary.Problem) -> Int32 {
      guard let id = vocabulary.id(token) else {
        throw Vocabulary.Problem(
          message: "the merges use the token \"\(Self.text(token))\", which is not in the vocabulary")
      }
      return Int32(truncatingIfNeeded: id)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix(64), as: UTF8.self) }
  }
}
