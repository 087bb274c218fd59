internal import GRDB

extension DocumentCollection {
  /// Puts all vectors of each field into one segment, and gives the room of what was deleted back to the disk.
  ///
  /// Damaged segments are made anew. Readers and writers go on meanwhile.
  ///
  /// - Parameter progress: Called after each step with how many of all steps are done.
  /// - Throws: ``RetrievalError``; what was done so far stays done. `CancellationError`.
  public func compact(progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil) async throws {
    guard database.isWritable else {
      throw RetrievalError(.readOnly, path, "is open for reading only; open it for writing")
    }
    let steps = settings.fields.count + 1
    try await withoutUpkeep {
      for field in settings.fields.indices {
        if let plan = try await completePlan(field: field) { try await carryOut(plan) }
        progress?(field + 1, steps)
      }
      try await database.shrink()
    }
    progress?(steps, steps)
  }

  /// One segment in place of all of a field's; `nil` where it is so.
  private func completePlan(field: Int) async throws -> SegmentPlan? {
    let damaged = Set(shelf.damage.keys)
    return try await database.read { database in
      let segments = try SegmentRecord.all(database).filter { $0.field == field }
      let last = try Int.fetchOne(database, sql: "SELECT ifnull(max(number), 0) FROM chunks") ?? 0
      let removed = try Int.fetchOne(database, sql: "SELECT count(*) FROM removals WHERE field = ?", arguments: [field])
      let end = max(last, segments.last?.numbers.upperBound ?? 0)
      let isDone =
        segments.count == 1 && segments[0].numbers == 1...end && removed == 0 && !damaged.contains(segments[0])
      return end == 0 || isDone ? nil : SegmentPlan(field: field, replaced: segments, numbers: 1...end)
    }
  }
}

extension CollectionDatabase {
  /// Gives the room that rows left behind back to the disk where it is a tenth or more, and empties the log.
  func shrink() async throws {
    let isWasteful = try await read { database in
      let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
      let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
      return free * 10 > pages
    }
    try await writeAlone { database in
      if isWasteful { try database.execute(sql: "VACUUM") }
      // Readers of other processes may keep some of the log; then it is emptied later.
      _ = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
  }
}
