// Puts a few texts into an index and asks it: swift run -c release FindBirds
import Needletail

let texts = [
  "A swift can stay in the air for months.",
  "The bakery opens at six and sells out by nine.",
  "Penguins walk for days to reach the sea.",
  "The new tram line is two years late.",
]
let embedder = try await Embedder(.bundled)
var index = ExactIndex(dimension: embedder.dimension, metric: .cosine, kernels: embedder.kernels)
try index.add(try await embedder.embed(texts, as: .document))

for question in ["birds", "public transport", "where to get bread"] {
  let hits = try index.search(try await embedder.embed(question, as: .query), limit: 1)
  for hit in hits { print("\(question): \(texts[hit.index]) (\(hit.score))") }
}
