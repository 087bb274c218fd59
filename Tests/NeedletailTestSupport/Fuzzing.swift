internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif
public import Foundation

/// Runs one reader of outside bytes on many mutated inputs and reports what happened.
///
///     let report = try await Fuzzing("header").run([("plain", bytes)]) { input in
///       _ = try Header(input.bytes)
///     } refusal: {
///       ($0 as? HeaderError).map { ($0.message, $0.subject) }
///     }
///     #expect(report.problems == [])
///
/// `NEEDLETAIL_FUZZ_INPUTS` sets the number of inputs of every reader (500 without it); `NEEDLETAIL_FUZZ_SEED` the
/// seed; `NEEDLETAIL_FUZZ_FIRST` the first input, to repeat one. Input `i` is the same whatever came before it. The
/// numbers of the inputs in work are kept in a file, so that they are known after a crash. An input that takes more than
/// a minute ends the process. Where the number is given, memory must not grow between the first fifth and the end
/// (`Scripts/fuzz` runs one reader after another for that).
public struct Fuzzing: Sendable {
  /// A valid input and its name.
  public typealias Seed = (name: String, bytes: [UInt8])

  /// One input on its way to the reader.
  public struct Input: Sendable {
    /// The name of the seed that it was made from.
    public let name: String
    /// What the reader reads.
    public let bytes: [UInt8]
    /// Which input this is.
    public let number: Int
    /// A folder that no other worker uses; what is written into it stays there for the next input.
    public let folder: URL

    /// Writes the bytes to a file in ``folder``.
    public func write(to name: String) throws -> URL {
      let file = folder.appending(path: name)
      // Cutting an existing file short makes some file systems wait for the disk.
      _ = unsafe unlink(file.path)
      try Data(bytes).write(to: file)
      return file
    }
  }

  /// The totals of one run.
  public struct Report: Sendable, Equatable {
    /// Inputs that the reader took.
    public var accepted = 0
    /// Inputs that the reader refused with its typed error.
    public var refused = 0
    /// What should not have happened, each with the number of its input.
    public var problems: [String] = []
  }

  private let name: String
  private let inputs: Int
  private let first: Int
  private let seed: UInt64
  private let measuresMemory: Bool

  /// - Parameters:
  ///   - name: What the report calls the reader.
  ///   - share: A reader that needs milliseconds an input may take a smaller part of the small default.
  public init(_ name: String, share: Double = 1) {
    let environment = ProcessInfo.processInfo.environment
    let wanted = environment["NEEDLETAIL_FUZZ_INPUTS"].flatMap { Int($0) }
    self.name = name
    inputs = max(1, wanted ?? Int(500 * share))
    first = environment["NEEDLETAIL_FUZZ_FIRST"].flatMap { Int($0) } ?? 0
    seed = environment["NEEDLETAIL_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    measuresMemory = wanted != nil
  }

  /// Gives the seeds as they are, then mutated copies of them, to `reader`.
  ///
  /// - Parameters:
  ///   - seeds: Valid inputs; the reader has to take each of them.
  ///   - reader: Reads one input.
  ///   - refusal: The message and the subject of the reader's typed error; `nil` for any other error.
  public func run(
    _ seeds: [Seed], reader: @escaping @Sendable (Input) async throws -> Void,
    refusal: @escaping @Sendable (any Error) -> (message: String, subject: String)?
  ) async throws -> Report {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "needletail-fuzz-\(UUID().uuidString)")
    let workers = inputs < 10_000 ? 1 : min(4, ProcessInfo.processInfo.activeProcessorCount)
    for worker in 0..<workers {
      try FileManager.default.createDirectory(
        at: scratch.appending(path: "\(worker)"), withIntermediateDirectories: true)
    }
    let watch = try FuzzWatch(name, file: scratch.appending(path: "inputs-in-work"), workers: workers)
    print("fuzz \(name): seed \(seed), inputs \(first) to \(first + inputs - 1), in work: \(watch.path)")
    let started = ContinuousClock.now
    var report = Report()
    var memory = 0
    let warmup = first + inputs / 5
    for stage in [first..<warmup, warmup..<(first + inputs)] {
      await withTaskGroup(of: Report.self) { group in
        for worker in 0..<workers {
          let numbers = stride(from: stage.lowerBound + worker, to: stage.upperBound, by: workers)
          group.addTask {
            var part = Report()
            for number in numbers {
              watch.begin(number, worker: worker)
              await one(number, seeds, scratch.appending(path: "\(worker)"), reader, refusal, &part)
            }
            watch.end(worker: worker)
            return part
          }
        }
        for await part in group {
          report.accepted += part.accepted
          report.refused += part.refused
          report.problems += part.problems
        }
      }
      if stage.lowerBound == first { memory = Self.residentBytes() }
    }
    watch.stop()
    let growth = Self.residentBytes() - memory
    if measuresMemory, growth > 64 << 20 { report.problems.append("memory grew by \(growth >> 20) MiB") }
    print(
      "fuzz \(name): \(inputs) inputs, \(report.accepted) accepted, \(report.refused) refused,",
      "\(report.problems.count) problems, \(ContinuousClock.now - started), memory \(growth >> 10) KiB more")
    try FileManager.default.removeItem(at: scratch)
    return report
  }

  private func one(
    _ number: Int, _ seeds: [Seed], _ folder: URL, _ reader: @Sendable (Input) async throws -> Void,
    _ refusal: @Sendable (any Error) -> (message: String, subject: String)?, _ report: inout Report
  ) async {
    let (name, valid) = seeds[number % seeds.count]
    var mutations = Mutations(seed: seed &* 0x1_0000_0001 &+ UInt64(number))
    let bytes = number < seeds.count ? valid : mutations.mutated(valid, others: seeds.map(\.bytes))
    do {
      try await reader(Input(name: name, bytes: bytes, number: number, folder: folder))
      report.accepted += 1
    } catch {
      report.refused += 1
      if number < seeds.count { report.problems.append("the seed \(name) is refused: \(error)") }
      guard let (message, subject) = refusal(error) else {
        report.problems.append("input \(number) is refused with \(type(of: error)): \(error)")
        return
      }
      if message.isEmpty || subject.isEmpty { report.problems.append("input \(number): an empty message or subject") }
    }
  }

  /// Memory of the process that is in use now; 0 where the system does not tell.
  private static func residentBytes() -> Int {
    guard let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " "),
      pages.count > 1, let resident = Int(pages[1])
    else { return 0 }
    return resident * sysconf(Int32(_SC_PAGESIZE))
  }
}

/// Knows which inputs are in work: writes their numbers to a file and ends the process when one takes too long.
private final class FuzzWatch: Sendable {
  let path: String
  private let name: String
  private let file: FileHandle
  private let working: Mutex<[Int: (number: Int, since: ContinuousClock.Instant)]> = Mutex([:])
  private let isStopped = Atomic<Bool>(false)

  init(_ name: String, file url: URL, workers: Int) throws {
    self.name = name
    path = url.path
    try Data(repeating: 0x20, count: workers * 16).write(to: url)
    file = try FileHandle(forWritingTo: url)
    let thread = Thread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        Thread.sleep(forTimeInterval: 0.5)
        let late = working.withLock { $0.values.first { ContinuousClock.now - $0.since > .seconds(60) } }
        if let late { fatalError("fuzz \(name): input \(late.number) takes more than a minute") }
      }
    }
    thread.start()
  }

  func begin(_ number: Int, worker: Int) {
    working.withLock { $0[worker] = (number, .now) }
    let text = Array("\(number)".utf8)
    let line = text + Array(repeating: 0x20, count: max(0, 15 - text.count)) + [0x0A]
    _ = unsafe pwrite(file.fileDescriptor, line, line.count, off_t(worker * 16))
  }

  func end(worker: Int) { working.withLock { $0[worker] = nil } }

  func stop() { isStopped.store(true, ordering: .relaxed) }
}
