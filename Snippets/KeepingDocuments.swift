//! A collection of documents: made, filled, searched and closed.

// snippet.create
import Foundation
import Needletail

let folder = FileManager.default.temporaryDirectory.appending(path: "notes-\(UUID().uuidString)")
let embedder = try await Embedder(.bundled)
let notes = try await DocumentCollection.create(at: folder, embedder: embedder)
// snippet.end

// snippet.add
try await notes.add([
  Document(id: "swift", text: "A swift sleeps in flight.", metadata: .object(["year": .integer(2020)])),
  Document(id: "tea", text: "The kettle boils and the tea steeps.", metadata: .object(["year": .integer(1999)])),
])
// snippet.end

// snippet.search
let found = try await notes.search("birds that eat in the air", limit: 1)
for hit in found.hits { print(hit.score, hit.document.id) }
// snippet.end

// snippet.rows
let file = folder.appending(path: "notes.jsonl").path
let writer = try DocumentWriter(file)
for document in try await notes.documents().documents { try writer.append(document) }
try writer.finish()
let rows = try DocumentRows(contentsOf: file)
while let row = try rows.next() { print(row.document.id) }
// snippet.end

try await notes.close()
try FileManager.default.removeItem(at: folder)
