extension Normalizer {
  /// How many scalars a text of one scalar can become at most, about; the stages of a file are refused where this is
  /// more than ``growthLimit``, as a few dozen that each double a text would take all memory.
  var growth: Double {
    var growth = Growth()
    growth.add(self)
    return growth.length
  }

  static let growthLimit = 1000.0

  /// Follows the length of a text of one scalar through the stages.
  private struct Growth {
    var length = 1.0
    /// Whether there is text that no decomposition has seen yet.
    var isNew = false

    mutating func add(_ stage: Normalizer) {
      switch stage {
      case .sequence(let stages): for stage in stages { add(stage) }
      case .replace(let pattern, let content):
        length *= max(1, Double(content.count) / Double(max(1, pattern.count)))
        isNew = true
      case .replaceMatches(_, let content), .replaceRegex(_, let content):
        // A match may have no length, so one more can stand at the end.
        length *= 1 + Double(content.count)
        isNew = true
      case .replaceRuns(_, let minimum, let content):
        length *= max(1, Double(content.count) / Double(max(1, minimum)))
        isNew = true
      case .prepend(let prefix):
        length += Double(prefix.count)
        isNew = true
      case .characterMap(let rules): add(rules)
      case .sentencePiece(let normalizer):
        if let rules = normalizer.rules { add(rules) }
        length += 1
        isNew = true
      case .byteLevel:
        length *= 4
        isNew = true
      case .form, .bert, .lowercase:
        // One scalar becomes at most 18 (U+FDFA by NFKD); doing it again to the same text adds nothing. What a text
        // itself brings along is not counted.
        if isNew { length *= 18 }
        isNew = false
      case .stripAccents, .strip, .translation, .joinSpaces: break
      }
    }

    /// Rules may be applied to what they gave before; those of the compatibility forms count as the forms do.
    private mutating func add(_ rules: CharacterMap) {
      if isNew || rules.longest > 18 { length *= Double(max(1, rules.longest)) }
      isNew = true
    }
  }
}
