internal import NeedletailJSON

extension Unigram {
  init(reading json: JSON) throws {
    let list = try json.value("vocab").expect(.array, "\"vocab\"")
    guard list.count > 0 else { throw list.problem(.invalidVocabulary, "the vocabulary is empty") }
    var arena: [UInt8] = []
    var ranges: [Range<Int>?] = []
    var scores: [Double] = []
    ranges.reserveCapacity(list.count)
    scores.reserveCapacity(list.count)
    for entry in list.elements {
      let parts = try entry.expect(.array, "a token and its score").elements
      var iterator = parts.makeIterator()
      guard entry.count == 2, let token = iterator.next()?.utf8, let digits = iterator.next()?.digits else {
        throw entry.problem(.malformed, "expected a token and its score")
      }
      guard let score = ReferenceNumber.double(digits) else {
        throw
          entry.problem(.invalidVocabulary, "a score should be a finite number")
      }
      let start = arena.count
      arena.append(contentsOf: token)
      ranges.append(start..<arena.count)
      scores.append(score)
    }
    guard json.optional("unk_id") != nil else {
      throw json.problem(.invalidVocabulary, "\"unk_id\" is missing: what has no token needs one")
    }
    let unknown = try json.integer("unk_id")
    guard ranges.indices.contains(unknown) else {
      throw json.problem(.invalidVocabulary, "\"unk_id\" is \(unknown), expected an id below \(ranges.count)")
    }
    do {
      self.init(
        vocabulary: try Vocabulary(arena: arena, ranges: ranges, lastWins: true), scores: scores,
        unknown: Int32(truncatingIfNeeded: unknown), fallsBackToBytes: try json.spellsUnknownBytes
      )
    } catch let problem as Vocabulary.Problem {
      throw list.problem(.invalidVocabulary, problem.message)
    }
  }
}
