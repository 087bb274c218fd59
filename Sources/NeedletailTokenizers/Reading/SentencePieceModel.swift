/// What a SentencePiece `.model` file says (Kudo and Richardson 2018, doi:10.18653/v1/D18-2012): its pieces with their
/// kinds and scores, and how texts are normalized.
struct SentencePieceModel {
  enum Kind: UInt64 {
    case normal = 1, unknown, control, userDefined, unused, byte
  }

  /// How pieces are found in a text: the model type of the file.
  enum Algorithm: UInt64 {
    case unigram = 1, merges, words, characters
  }

  struct Piece {
    var range = 0..<0
    var score: Float = 0
    var kind = Kind.normal
  }

  private(set) var pieces: [Piece] = []
  private(set) var algorithm = Algorithm.unigram
  private(set) var fallsBackToBytes = false
  private(set) var marksEnds = false
  /// What the unknown piece becomes in decoded text.
  private(set) var unknownText = Array(" \u{2047} ".utf8)
  /// The ids and names that training gave to the unknown piece, the beginning and the end; negative where not in use.
  private(set) var unknownID = 0
  private(set) var beginID = 1
  private(set) var endID = 2
  private(set) var unknownName = Array("<unk>".utf8)
  private(set) var beginName = Array("<s>".utf8)
  private(set) var endName = Array("</s>".utf8)
  private(set) var rules = 0..<0
  private(set) var backwardRules = 0..<0
  private(set) var addsMark = true
  private(set) var joinsSpaces = true
  private(set) var escapesSpaces = true

  init(_ bytes: [UInt8], subject: String) throws(TokenizerError) {
    var reader = ProtobufReader(bytes, bytes.indices, subject: subject)
    var type = Algorithm.unigram.rawValue
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      let part = ProtobufReader(bytes, range, subject: subject)
      switch field {
      case 1: pieces.append(try Self.piece(part))
      case 2: try readTraining(part, bytes, &type)
      case 3: try readNormalization(part)
      case 5: backwardRules = try Self.rules(part)
      default: break
      }
    }
    guard let algorithm = Algorithm(rawValue: type) else {
      throw TokenizerError(
        .unsupported, "SentencePiece's model type \(type) is not known; 1 is UNIGRAM, 2 BPE, 3 WORD and 4 CHAR",
        subject: subject)
    }
    self.algorithm = algorithm
  }

  private static func piece(_ part: ProtobufReader) throws(TokenizerError) -> Piece {
    var reader = part
    var piece = Piece()
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let range)): piece.range = range
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .number(let number)):
        guard let kind = Kind(rawValue: number) else { throw reader.problem("a piece has the unknown type \(number)") }
        piece.kind = kind
      case (1, _), (2, _), (3, _): throw reader.problem("field \(field) of a piece has another wire type")
      default: break
      }
    }
    return piece
  }

  private mutating func readTraining(
    _ part: ProtobufReader, _ bytes: [UInt8], _ type: inout UInt64
  ) throws(TokenizerError) {
    var reader = part
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (3, .number(let number)): type = number
      case (24, .number(let number)): marksEnds = number != 0
      case (35, .number(let number)): fallsBackToBytes = number != 0
      case (40, .number(let number)): unknownID = Int(Int32(truncatingIfNeeded: number))
      case (41, .number(let number)): beginID = Int(Int32(truncatingIfNeeded: number))
      case (42, .number(let number)): endID = Int(Int32(truncatingIfNeeded: number))
      case (44, .bytes(let range)): unknownText = Array(bytes[range])
      case (45, .bytes(let range)): unknownName = Array(bytes[range])
      case (46, .bytes(let range)): beginName = Array(bytes[range])
      case (47, .bytes(let range)): endName = Array(bytes[range])
      default: break
      }
    }
  }

  private mutating func readNormalization(_ part: ProtobufReader) throws(TokenizerError) {
    var reader = part
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .bytes(let range)): rules = range
      case (3, .number(let number)): addsMark = number != 0
      case (4, .number(let number)): joinsSpaces = number != 0
      case (5, .number(let number)): escapesSpaces = number != 0
      default: break
      }
    }
  }

  private static func rules(_ part: ProtobufReader) throws(TokenizerError) -> Range<Int> {
    var reader = part
    var rules = 0..<0
    while let (field, value) = try reader.next() {
      if case (2, .bytes(let range)) = (field, value) { rules = range }
    }
    return rules
  }
}
