//! The first steps: vectors of texts, the nearest of them, and the nearest passages of files.

// snippet.embed
import Needletail

let embedder = try await Embedder(.bundled)
let texts = ["The kettle boils and the tea steeps.", "Interest rates rose again.", "A swift feeds on the wing."]
let vectors = try await embedder.embed(texts, as: .document)
// snippet.end

// snippet.search
var index = ExactIndex(dimension: embedder.dimension, metric: .cosine, kernels: embedder.kernels)
try index.add(vectors)
let query = try await embedder.embed("birds that eat in the air", as: .query)
for hit in try index.search(query, limit: 2) {
  print(hit.score, texts[hit.index])
}
// snippet.end

// snippet.files
let search = try FileSearch(embedder: embedder)
let found = try await search.search("how a text becomes a vector", in: ["ARCHITECTURE.md"])
for hit in found.hits.prefix(3) {
  print(hit.path, hit.passage.firstLine, hit.score)
}
// snippet.end
