extension NormalizedText {
  /// Replaces every match; each scalar of the content stands for the last scalar of what it replaces.
  mutating func replace(_ pattern: SplitPattern, with content: [UInt32]) {
    let scanner = PatternScanner(pattern: pattern, source: ScalarList(scalars: scalars, end: count))
    var replaced: [UInt32] = []
    var sources: [Int] = []
    var position = 0
    while position < count {
      if let end = scanner.match(at: position) {
        position = end
        replaced += content
        sources += repeatElement(position - 1, count: content.count)
      } else {
        replaced.append(scalars[position])
        sources.append(position)
        position += 1
      }
    }
    rewrite(replaced, sources: sources)
  }
}
