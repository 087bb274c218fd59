import NeedletailEmbedding
import NeedletailTensor
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// DESIGN section 4: long work can be cancelled at once.
@Suite("Cancellation")
struct CancellationTests {
  private static let sources: [ModelSource] = [.bundled, .folder(EmbeddingFixture.root.appending(path: "pooling-six"))]

  @Test("embedding stops soon after it is cancelled, and the embedder works as before", arguments: sources)
  func cancelled(_ source: ModelSource) async throws {
    let embedder = try await Embedder(source, team: ComputeTeam(threads: 2))
    let before = try await embedder.embed(["a swift in flight", ""])
    let text = String(repeating: "the swift flies over the river ", count: 40)
    let texts = [String](repeating: text, count: 40_000)
    let progress = CancellingProgress()
    let task = Task { try await embedder.embed(texts) { progress.report($0) } }
    progress.watch(task)
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(progress.done > 0 && progress.done < texts.count / 2, "\(progress.done) texts were embedded")
    let after = try await embedder.embed(["a swift in flight", ""])
    #expect(after == before)
  }

  @Test("a task that was cancelled before does not begin", arguments: sources)
  func cancelledBefore(_ source: ModelSource) async throws {
    let embedder = try await Embedder(source, team: ComputeTeam(threads: 1))
    let before = try await embedder.embed(["a swift in flight"])
    let progress = CancellingProgress()
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await embedder.embed(["a swift in flight"]) { progress.report($0) }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(progress.done == 0)
    let after = try await embedder.embed(["a swift in flight"])
    #expect(after == before)
  }

  @Test("tasks that share an embedder do not disturb each other", arguments: sources)
  func shared(_ source: ModelSource) async throws {
    let embedder = try await Embedder(source, team: ComputeTeam(threads: 2))
    let texts = try EmbeddingFixture.texts()
    let alone = try await embedder.embed(texts)
    let long = [String](repeating: texts.joined(separator: " "), count: 500)
    try await withThrowingTaskGroup(of: Matrix?.self) { group in
      for index in 0..<12 {
        let isCancelled = index % 3 == 0
        group.addTask {
          let task = Task { try await embedder.embed(isCancelled ? long : texts) }
          if isCancelled { task.cancel() }
          do { return try await task.value } catch is CancellationError { return nil }
        }
      }
      var whole = 0
      for try await vectors in group {
        guard let vectors, vectors.rows == texts.count else { continue }
        #expect(vectors == alone)
        whole += 1
      }
      #expect(whole == 8)
    }
  }
}
