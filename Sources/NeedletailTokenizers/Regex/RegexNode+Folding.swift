extension RegexNode {
  /// The same expression with sets in the place of characters without regard to case.
  ///
  /// Neighbouring characters that another one folds to (`ss` and `ß`) are found as the reference finds them: the longest
  /// such string from each place on, never two that overlap, and none in what stands before a place.
  func unfolded(isBehind: Bool = false) -> RegexNode {
    switch self {
    case .set, .reference, .anchor, .keep: return self
    case .folded: return Self.unfolded([self], isBehind)
    case .sequence(let nodes): return Self.unfolded(nodes, isBehind)
    case .alternatives(let nodes): return .alternatives(nodes.map { $0.unfolded(isBehind: isBehind) })
    case .repeated(let node, let least, let most, let greed):
      return .repeated(node.unfolded(isBehind: isBehind), least: least, most: most, greed: greed)
    case .capture(let node, let number): return .capture(node.unfolded(isBehind: isBehind), number)
    case .atomic(let node): return .atomic(node.unfolded(isBehind: isBehind))
    case .look(let node, let ahead, let negated):
      return .look(node.unfolded(isBehind: isBehind || !ahead), ahead: ahead, negated: negated)
    }
  }

  /// The nodes of a sequence, and of sequences that stand in it, in one list.
  private static func flattened(_ nodes: [RegexNode]) -> [RegexNode] {
    nodes.flatMap { node -> [RegexNode] in
      if case .sequence(let inner) = node { flattened(inner) } else { [node] }
    }
  }

  private static func unfolded(_ nodes: [RegexNode], _ isBehind: Bool) -> RegexNode {
    var result: [RegexNode] = []
    var run: [UInt32] = []
    func flush() {
      result += isBehind ? run.map { .set(CaseFolding.alike($0)) } : unfolded(run: run)
      run = []
    }
    for node in flattened(nodes) {
      if case .folded(let scalar) = node {
        run.append(scalar)
      } else {
        flush()
        result.append(node.unfolded(isBehind: isBehind))
      }
    }
    flush()
    return result.count == 1 ? result[0] : .sequence(result)
  }

  private static func unfolded(run: [UInt32]) -> [RegexNode] {
    var result: [RegexNode] = []
    var index = 0
    while index < run.count {
      var length = min(3, run.count - index)
      var whole: ScalarSet?
      while length > 1, whole == nil {
        whole = CaseFolding.scalars(foldingTo: run[index..<(index + length)])
        if whole == nil { length -= 1 }
      }
      if let whole {
        let parts = run[index..<(index + length)].map { RegexNode.set(CaseFolding.alike($0)) }
        result.append(.alternatives([.sequence(parts), .set(whole)]))
        index += length
        continue
      }
      let alike = RegexNode.set(CaseFolding.alike(run[index]))
      if let fold = CaseFolding.long(of: run[index]) {
        let parts = fold.map { RegexNode.set(CaseFolding.alike($0)) }
        let others = CaseFolding.scalars(foldingTo: fold).map { [RegexNode.set($0)] } ?? []
        result.append(.alternatives([alike, .sequence(parts)] + others))
      } else {
        result.append(alike)
      }
      index += 1
    }
    return result
  }
}
