internal import Foundation
internal import Synchronization

/// Knows which inputs are in work: writes their numbers to a file and ends the process when one takes too long.
final class FuzzWatch: Sendable {
  let path: String
  private let name: String
  private let file: FileHandle
  private let working: Mutex<[Int: (input: Fuzzing.Input, since: ContinuousClock.Instant)]> = Mutex([:])
  private let isStopped = Atomic<Bool>(false)
  private static let width = 16

  /// - Parameter keep: Writes an input to a file that stays.
  init(
    _ name: String, file url: URL, workers: Int, limit: Duration,
    keep: @escaping @Sendable (Fuzzing.Input) -> String
  ) throws {
    self.name = name
    path = url.path
    try Data(repeating: 0x20, count: workers * Self.width).write(to: url)
    file = try FileHandle(forUpdating: url)
    let thread = Thread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        Thread.sleep(forTimeInterval: 0.5)
        let late = working.withLock { $0.values.first { ContinuousClock.now - $0.since > limit } }
        if let late { fatalError("fuzz \(name): more than \(limit) for \(keep(late.input))") }
      }
    }
    thread.start()
  }

  func begin(_ input: Fuzzing.Input, worker: Int) {
    let digits = Array("\(input.number)".utf8)
    let line = digits + Array(repeating: 0x20, count: max(0, Self.width - 1 - digits.count)) + [0x0A]
    working.withLock {
      $0[worker] = (input, .now)
      // A watch that cannot write must not stop the run.
      try? file.seek(toOffset: UInt64(worker * Self.width))
      try? file.write(contentsOf: Data(line))
    }
  }

  func end(worker: Int) { working.withLock { $0[worker] = nil } }

  func stop() { isStopped.store(true, ordering: .relaxed) }
}
