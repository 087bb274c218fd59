import Foundation
import NeedletailFileSearch
import NeedletailTensor
import NeedletailTestSupport
import Testing

@Suite("Mutated caches of vectors")
struct VectorCacheFuzzTests {
  let documents: TemporaryFolder
  let words = WordModel()
  let team = ComputeTeam(threads: 2)
  let kernels: Kernels

  init() throws {
    kernels = try .preferred()
    documents = try TemporaryFolder()
    for (name, text) in [
      ("a.txt", "Rivers carry water to the sea.\n\nMountains rise slowly.\n"), ("b.txt", "Clouds bring rain.\n"),
      ("c.jsonl", "{\"text\": \"Snow falls\", \"id\": 7, \"metadata\": {\"k\": 1}}\n{bad\n"),
    ] {
      let file = try documents.write("docs/\(name)", text)
      // Only what is not fresh is believed to be unchanged.
      let old = Date(timeIntervalSinceNow: -1000)
      try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: file)
    }
  }

  /// The hits and warnings of a search that uses a cache.
  func search(_ cache: URL) async throws -> [String] {
    let search = FileSearch(
      model: words.model(), cache: VectorCache(folder: cache), team: team, kernels: kernels,
      now: { Date(timeIntervalSinceNow: 100) })
    let found = try await search.search("rain", in: [documents.path + "/docs"])
    _ = words.embedded()
    return found.hits.map { "\($0.path) \($0.passage) \($0.score)" } + found.warnings.map(\.description)
  }

  /// Makes the checksums of damaged bytes right again, as a faulty writer would.
  static func sealed(_ bytes: [UInt8], isTable: Bool) -> [UInt8] {
    let digest = 32
    if isTable {
      return bytes.count < digest ? bytes : Digest(of: bytes[digest...]).bytes + bytes[digest...]
    }
    var result = bytes
    var start = 0
    func number(_ offset: Int) -> Int? {
      let value = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + offset + $1]) << UInt64(8 * $1) }
      return Int(exactly: value)
    }
    while bytes.count - start >= 24 + digest {
      let rest = bytes.count - start - 24 - digest
      guard let count = number(8), let size = number(16), size <= rest, count <= rest / 4 / WordModel.dimension,
        count * 4 * WordModel.dimension + size <= rest
      else { break }
      let body = start + 24 + digest
      let end = body + count * 4 * WordModel.dimension + size
      result.replaceSubrange(
        (start + 24)..<body, with: Digest(of: bytes[start..<(start + 24)] + bytes[body..<end]).bytes)
      start = end
    }
    return result
  }

  @Test("damage changes nothing, and where checksums do not show it there is no crash")
  func damaged() async throws {
    let cache = URL(filePath: documents.path + "/cache")
    let expected = try await search(cache)
    // A passage of each file, and a warning.
    #expect(expected.count == 4)
    let folders = try FuzzedFolders([cache])
    #expect((5...6).contains(folders.seeds.count))
    let report = try await Fuzzing("vector cache", share: 0.25).run(folders.seeds) { input in
      let isSealed = input.number % 2 == 1
      let bytes = isSealed ? Self.sealed(input.bytes, isTable: input.name.hasSuffix(".table")) : input.bytes
      try await folders.withFolder(of: input, bytes: bytes) { folder in
        let found = try await search(folder)
        if !isSealed { #expect(found == expected, "input \(input.number)") }
      }
    } refusal: { _ in
      nil
    }
    #expect(report.problems == [])
  }
}
