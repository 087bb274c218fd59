/// Makes the vocabulary of a WordLevel model: special tokens, then the most frequent words.
///
/// Of equally frequent words the one with the smaller bytes comes first. A special token that is a word of the text,
/// too, keeps its first id; the reference library gives it a second one and leaves the first without a token.
enum WordLevelTraining {
  static func tokens(_ counts: WordCounts, size: Int, minimumFrequency: Int, special: [[UInt8]]) -> [[UInt8]] {
    let taken = Set(special)
    // Words are in the order of their bytes already, and the sort is stable by the second key.
    let order = counts.counts.indices.filter { counts.counts[$0] >= minimumFrequency }
      .sorted { (counts.counts[$1], $0) < (counts.counts[$0], $1) }
    var tokens = special
    for index in order where tokens.count < size {
      let word = Array(counts.bytes[counts.range(index)])
      if !taken.contains(word) { tokens.append(word) }
    }
    return tokens
  }
}
