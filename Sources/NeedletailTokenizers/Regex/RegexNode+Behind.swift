extension RegexNode {
  /// What stands before a place as alternatives that each have one length, as the engine wants them; the reference takes
  /// any lengths.
  ///
  /// - Throws: A problem where a repetition without end stands after something else.
  func behind() throws(RegexProblem) -> RegexNode {
    let lists = try fixed(isFirst: true)
    return .alternatives(lists.map { .sequence($0) })
  }

  private static let mostAlternatives = 500

  private func fixed(isFirst: Bool) throws(RegexProblem) -> [[RegexNode]] {
    switch self {
    case .set, .folded, .anchor, .look: return [[self]]
    case .keep, .reference, .capture:
      throw RegexProblem(message: "a reference, a captured group or \\K before a place is not supported")
    case .atomic, .repeated(_, _, _, .possessive):
      throw RegexProblem(message: "what gives nothing back is not supported before a place")
    case .alternatives(let nodes):
      var result: [[RegexNode]] = []
      for node in nodes { result += try node.fixed(isFirst: isFirst) }
      return try Self.counted(result)
    case .sequence(let nodes):
      var result: [[RegexNode]] = [[]]
      for (index, node) in nodes.enumerated() {
        let next = try node.fixed(isFirst: isFirst && index == 0)
        guard result.count * next.count <= Self.mostAlternatives else { return try Self.counted(nil) }
        result = result.flatMap { start in next.map { start + $0 } }
      }
      return result
    case .repeated(let node, let least, let most, _):
      // Where a repetition begins does not matter when nothing stands before it.
      let end = isFirst ? least : most
      guard let end else {
        throw RegexProblem(
          message: "a repetition without end is supported only where what stands before a place begins")
      }
      var result: [[RegexNode]] = []
      var lists: [[RegexNode]] = [[]]
      let once = try node.fixed(isFirst: false)
      for count in 0...end {
        if count >= least { result += lists }
        guard count < end else { break }
        guard lists.count * once.count <= Self.mostAlternatives, lists[0].count <= Self.mostAlternatives else {
          return try Self.counted(nil)
        }
        lists = lists.flatMap { start in once.map { start + $0 } }
      }
      return try Self.counted(result)
    }
  }

  private static func counted(_ lists: [[RegexNode]]?) throws(RegexProblem) -> [[RegexNode]] {
    guard let lists, lists.count <= mostAlternatives else {
      throw RegexProblem(message: "what stands before a place has too many lengths")
    }
    return lists
  }
}
