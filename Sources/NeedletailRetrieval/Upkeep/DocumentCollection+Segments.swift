internal import GRDB
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension DocumentCollection {
  /// The work on segments beside reads and writes.
  struct Upkeep: Sendable {
    /// What is done now.
    var task: Task<Void, Never>?
    /// Whether there was a write since it last looked for work.
    var isDue = false
    /// Whether somebody else does it all at once.
    var isReserved = false
    /// Why the last work ended early.
    var problem: String?
  }

  /// Begins to put vectors that wait into segments, where enough do; does not wait for it.
  func sealIfDue() {
    upkeep.withLock { upkeep in
      upkeep.isDue = true
      guard upkeep.task == nil, !upkeep.isReserved else { return }
      upkeep.task = Task { await self.keepUp() }
    }
  }

  private func keepUp() async {
    while takeTurn() {
      do {
        while let plan = try await nextPlan() { try await carryOut(plan) }
        upkeep.withLock { $0.problem = nil }
      } catch {
        // The documents are safe; the next write tries again.
        upkeep.withLock { ($0.problem, $0.isDue) = (error is CancellationError ? nil : "\(error)", false) }
      }
    }
  }

  /// Says whether there may be work, and ends the task where there is none.
  private func takeTurn() -> Bool {
    upkeep.withLock { upkeep in
      guard upkeep.isDue, !upkeep.isReserved, !Task.isCancelled else {
        upkeep.task = nil
        return false
      }
      upkeep.isDue = false
      return true
    }
  }

  private func nextPlan() async throws -> SegmentPlan? {
    let damaged = Set(shelf.damage.keys)
    let (fields, size) = (settings.fields.indices, settings.segmentRows)
    return try await database.read { database in
      let records = Dictionary(grouping: try SegmentRecord.all(database), by: \.field)
      let last = try Int.fetchOne(database, sql: "SELECT ifnull(max(number), 0) FROM chunks") ?? 0
      for field in fields {
        let segments = records[field] ?? []
        var removed: [SegmentRecord: Int] = [:]
        for segment in segments {
          removed[segment] = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM removals WHERE field = ? AND chunk BETWEEN ? AND ?",
            arguments: [field, segment.numbers.lowerBound, segment.numbers.upperBound])
        }
        // The chunks of all fields are numbered together.
        let tail = (last - (segments.last?.numbers.upperBound ?? 0)) / fields.count
        let plan = SegmentPlan.due(
          field: field, segments: segments, damaged: damaged, removed: removed, tail: tail, last: last, size: size)
        if let plan { return plan }
      }
      return nil
    }
  }

  /// Makes a segment and puts it in its place; readers and writers go on meanwhile.
  func carryOut(_ plan: SegmentPlan) async throws {
    let builder = SegmentBuilder(frame: frame, plan: plan)
    let plain = try await database.read { try builder.build($0) }
    let result: SegmentBuilder.Result
    do {
      result = try await builder.withGraph(plain, on: team)
    } catch {
      if let record = plain.record { removeFile(record) }
      throw error
    }
    if let record = plain.record, record.name != result.record?.name { removeFile(record) }
    do {
      try await database.write { try SegmentBuilder.install(result, plan, $0) }
    } catch {
      // A file that the database may know after all stays: if it does not, the next writer removes it.
      if let record = result.record, !RetrievalError.isUncertain(error) { removeFile(record) }
      throw error
    }
    // Who still reads a file has it mapped; who comes too late finds the new one in the database.
    for record in plan.replaced { removeFile(record) }
  }

  func removeFile(_ record: SegmentRecord) {
    try? FileManager.default.removeItem(atPath: "\(CollectionDatabase.segmentsPath(path))/\(record.name)")
  }

  /// Runs `body` while no other work on segments is done.
  ///
  /// - Throws: ``RetrievalError`` with code `.busy` where another task does the same.
  func withoutUpkeep(_ body: () async throws -> Void) async throws {
    let isFree = upkeep.withLock { upkeep in
      let isFree = !upkeep.isReserved
      upkeep.isReserved = true
      return isFree
    }
    guard isFree else { throw RetrievalError(.busy, path, "is being compacted already; wait for it") }
    defer {
      upkeep.withLock { $0.isReserved = false }
      sealIfDue()
    }
    upkeep.withLock { $0.task?.cancel() }
    await settle()
    try await body()
  }

  /// Waits until the work on segments that has begun is done.
  public func settle() async {
    while let task = upkeep.withLock({ $0.task }) { await task.value }
  }

  /// Removes files of segments that no database row names: those of work that was interrupted.
  static func removeStrays(_ database: CollectionDatabase) async throws {
    let known = Set(try await database.read { try SegmentRecord.all($0).map(\.name) })
    let folder = CollectionDatabase.segmentsPath(database.path)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !known.contains(name) {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }
}
