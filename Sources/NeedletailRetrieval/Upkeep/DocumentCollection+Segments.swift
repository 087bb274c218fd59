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
    /// The kinds of it, of which each is done by a task of its own.
    enum Work: CaseIterable { case sealing, merging }

    /// What is done now.
    var tasks: [Work: Task<Void, Never>] = [:]
    /// What there may be to do, as it was not looked for since the last change.
    var due: Set<Work> = []
    /// Whether somebody else does it all at once.
    var isReserved = false
    /// Why the last work of a kind ended early.
    var problems: [Work: String] = [:]
    /// Up to which number there is nothing of a field to seal.
    var empty: [Int: Int] = [:]
  }

  /// Begins to put vectors that wait into segments, where enough do, and segments together; does not wait for it.
  func sealIfDue() {
    for work in Upkeep.Work.allCases { begin(work) }
  }

  private func begin(_ work: Upkeep.Work) {
    upkeep.withLock { upkeep in
      upkeep.due.insert(work)
      guard upkeep.tasks[work] == nil, !upkeep.isReserved else { return }
      upkeep.tasks[work] = Task { await self.keepUp(work) }
    }
  }

  private func keepUp(_ work: Upkeep.Work) async {
    while takeTurn(work) {
      do {
        while let plan = try await nextPlan(work) {
          try await carryOut(plan)
          if work == .sealing { begin(.merging) }
        }
        upkeep.withLock { $0.problems[work] = nil }
      } catch {
        // The documents are safe; the next write tries again.
        upkeep.withLock { upkeep in
          upkeep.problems[work] = error is CancellationError ? nil : "\(error)"
          upkeep.due.remove(work)
        }
      }
    }
  }

  /// Says whether there may be work, and ends the task where there is none.
  private func takeTurn(_ work: Upkeep.Work) -> Bool {
    upkeep.withLock { upkeep in
      guard upkeep.due.contains(work), !upkeep.isReserved, !Task.isCancelled else {
        upkeep.tasks[work] = nil
        return false
      }
      upkeep.due.remove(work)
      return true
    }
  }

  private func nextPlan(_ work: Upkeep.Work) async throws -> SegmentPlan? {
    let damaged = Set(shelf.damage.keys)
    let empty = upkeep.withLock { $0.empty }
    let (fields, size) = (settings.fields.indices, settings.segmentRows)
    return try await database.read { database in
      let records = Dictionary(grouping: try SegmentRecord.all(database), by: \.field)
      let last = try Int.fetchOne(database, sql: "SELECT ifnull(max(number), 0) FROM chunks") ?? 0
      for field in fields {
        let segments = records[field] ?? []
        let plan: SegmentPlan?
        switch work {
        case .sealing:
          let sealed = max(segments.last?.numbers.upperBound ?? 0, empty[field] ?? 0)
          plan = .sealing(field: field, after: sealed, last: last, size: size, fields: fields.count)
        case .merging:
          var removed: [SegmentRecord: Int] = [:]
          for segment in segments {
            removed[segment] = try Int.fetchOne(
              database, sql: "SELECT count(*) FROM removals WHERE field = ? AND chunk BETWEEN ? AND ?",
              arguments: [field, segment.numbers.lowerBound, segment.numbers.upperBound])
          }
          plan = .merging(field: field, segments: segments, damaged: damaged, removed: removed, size: size)
        }
        if let plan { return plan }
      }
      return nil
    }
  }

  /// Waits until few vectors wait to be sealed, where they are so many that searches suffer: each compares all of them,
  /// and every process that reads holds them in memory.
  ///
  /// - Parameter unsealed: How many wait.
  func waitForSealing(_ unsealed: Int) async {
    guard unsealed / (Self.mostUnsealed * settings.fields.count) > settings.segmentRows else { return }
    if let task = upkeep.withLock({ $0.tasks[.sealing] }) { await task.value }
  }

  /// In terms of segments.
  private static let mostUnsealed = 4

  /// Writes a segment, with a graph where it is large; nothing is left of it where that fails.
  func make(_ builder: SegmentBuilder) async throws -> SegmentBuilder.Result {
    let plain = try await database.read { try builder.build($0) }
    do {
      let result = try await builder.withGraph(plain, on: team)
      if let record = plain.record, record.name != result.record?.name { removeFile(record) }
      return result
    } catch {
      if let record = plain.record { removeFile(record) }
      throw error
    }
  }

  /// Makes a segment and puts it in its place; readers and writers go on meanwhile.
  func carryOut(_ plan: SegmentPlan) async throws {
    let result = try await make(SegmentBuilder(frame: frame, plan: plan))
    do {
      // Searches find it open, and nothing is given up for a file that is not as it was written.
      if let record = result.record {
        try await shelf.open([record], on: team)
        if let error = shelf.damage[record] { throw error }
      }
      try await database.write { try SegmentBuilder.install(result, plan, $0) }
    } catch {
      // A file that the database may know after all stays: if it does not, the next writer removes it.
      if let record = result.record {
        shelf.drop([record])
        if !RetrievalError.isUncertain(error) { removeFile(record) }
      }
      throw error
    }
    // Who still reads a file has it mapped; who comes too late finds the new one in the database.
    for record in plan.replaced { removeFile(record) }
    shelf.drop(plan.replaced)
    if result.record == nil { upkeep.withLock { $0.empty[plan.field] = plan.numbers.upperBound } }
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
    cancelUpkeep()
    await settle()
    try await body()
  }

  /// Waits until the work on segments that has begun is done.
  public func settle() async {
    while let task = upkeep.withLock({ $0.tasks.values.first }) { await task.value }
  }

  /// Ends the work on segments at its next step.
  func cancelUpkeep() {
    upkeep.withLock { upkeep in for task in upkeep.tasks.values { task.cancel() } }
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
