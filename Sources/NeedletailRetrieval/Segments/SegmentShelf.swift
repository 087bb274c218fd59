internal import NeedletailIndex
internal import NeedletailTensor
internal import Synchronization

/// The segments that are open, each checked byte by byte before anybody reads it.
final class SegmentShelf: Sendable {
  private let folder: String
  private let frame: CollectionSnapshot.Frame
  private let opened = Mutex<[SegmentRecord: Result<SealedSegment, IndexError>]>([:])

  init(_ frame: CollectionSnapshot.Frame) {
    self.frame = frame
    folder = CollectionDatabase.segmentsPath(frame.path)
  }

  /// What is wrong with segments that were opened, by their records.
  var damage: [SegmentRecord: IndexError] {
    opened.withLock { $0.compactMapValues { if case .failure(let error) = $0 { error } else { nil } } }
  }

  /// A segment, opened and checked when it is first asked for; the error that keeps it from being read.
  ///
  /// - Parameter mayBeGone: Whether a missing file may be that of a segment that was replaced meanwhile: then it is
  ///   not remembered as damaged.
  func segment(_ record: SegmentRecord, mayBeGone: Bool) -> Result<SealedSegment, IndexError> {
    if let known = opened.withLock({ $0[record] }) { return known }
    let result = open(record)
    if case .failure(let error) = result, error.code == .unreadable, mayBeGone { return result }
    opened.withLock { $0[record] = result }
    return result
  }

  /// Opens and checks those segments that are not open yet, on a team's threads.
  ///
  /// A missing file is not remembered: it may be that of a segment that was replaced meanwhile.
  ///
  /// - Throws: `CancellationError`; where no thread can be started.
  func open(_ records: [SegmentRecord], on team: ComputeTeam) async throws {
    for record in records where !knows(record) {
      let result: Result<SealedSegment, IndexError>
      do {
        let segment = try unchecked(record)
        try await segment.file.verify(on: team)
        result = .success(segment)
      } catch let error as IndexError {
        if error.code == .unreadable { continue }
        result = .failure(error)
      }
      opened.withLock { $0[record] = result }
    }
  }

  /// Whether a segment is open, or known to be damaged.
  func knows(_ record: SegmentRecord) -> Bool { opened.withLock { $0[record] != nil } }

  private func open(_ record: SegmentRecord) -> Result<SealedSegment, IndexError> {
    do throws(IndexError) {
      let segment = try unchecked(record)
      try segment.file.verify()
      return .success(segment)
    } catch {
      return .failure(error)
    }
  }

  private func unchecked(_ record: SegmentRecord) throws(IndexError) -> SealedSegment {
    try SealedSegment(
      record, folder: folder, dimension: frame.dimension, metric: frame.settings.metric, kernels: frame.kernels)
  }

  /// Forgets some segments.
  func drop(_ records: [SegmentRecord]) {
    opened.withLock { opened in for record in records { opened[record] = nil } }
  }

  /// Forgets all but some segments; who still searches one keeps it.
  func keep(_ records: Set<SegmentRecord>) {
    opened.withLock { opened in opened = opened.filter { records.contains($0.key) } }
  }
}
