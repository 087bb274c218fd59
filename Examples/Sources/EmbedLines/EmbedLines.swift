// Embeds the lines of a file that may be larger than memory, and prints the dimension and how long the mean vector is:
// swift run -c release EmbedLines FILE [MODEL]
import Needletail

@main
struct EmbedLines {
  static func main() async throws {
    guard let path = CommandLine.arguments.dropFirst().first else { return print("usage: EmbedLines FILE [MODEL]") }
    let model = CommandLine.arguments.dropFirst(2).first ?? "bundled"
    let embedder = try await Embedder(ModelSource(model))
    let rows = try TextRows(contentsOf: path)
    let lines = AsyncThrowingStream { try rows.next()?.text }

    var count = 0
    var sum = [Float](repeating: 0, count: embedder.dimension)
    for try await vector in embedder.vectors(of: lines, as: .document) {
      for (feature, value) in vector.enumerated() { sum[feature] += value }
      count += 1
    }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot() / Float(max(count, 1))
    print("\(count) vectors of \(embedder.dimension) features; their mean has length \(length)")
  }
}
