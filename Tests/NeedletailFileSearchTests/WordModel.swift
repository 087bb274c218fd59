import Foundation
import NeedletailFileSearch
import NeedletailTensor
import NeedletailTestSupport
import Synchronization

/// A model for tests that counts what it embeds.
///
/// Each word has a direction of its own; a text is the sum of its words.
final class WordModel: Sendable {
  static let dimension = 128
  private let texts = Mutex<[String]>([])

  /// The passages that were embedded since the last call.
  func embedded() -> [String] {
    texts.withLock { texts in
      defer { texts = [] }
      return texts
    }
  }

  static func words(_ text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  private static let directions = Mutex<[String: [Float]]>([:])

  private static func direction(_ word: String) -> [Float] {
    directions.withLock { directions in
      if let known = directions[word] { return known }
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      var generator = SeededGenerator(seed: hash)
      let direction = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
      directions[word] = direction
      return direction
    }
  }

  static func vector(_ text: String) -> [Float] {
    var vector = [Float](repeating: 0, count: dimension)
    for word in words(text) {
      let direction = direction(word)
      for index in vector.indices { vector[index] += direction[index] }
    }
    return vector
  }

  func model(identity: String = "words") -> PassageModel {
    PassageModel(
      identity: identity, dimension: Self.dimension, maximumTokens: 40,
      countTokens: { $0.map { Self.words($0).count } },
      embedQuery: { Matrix(rows: 1, columns: Self.dimension, values: Self.vector($0)) },
      embedPassages: { texts in
        self.texts.withLock { $0 += texts }
        return Matrix(rows: texts.count, columns: Self.dimension, values: texts.flatMap(Self.vector))
      })
  }

  func search(
    cache: VectorCache? = nil, identity: String = "words", options: FileSearch.Options = .init(),
    now: @escaping @Sendable () -> Date = { Date() }
  ) throws -> FileSearch {
    FileSearch(
      model: model(identity: identity), cache: cache, team: ComputeTeam(threads: 3), kernels: try .preferred(),
      options: options, now: now)
  }
}
