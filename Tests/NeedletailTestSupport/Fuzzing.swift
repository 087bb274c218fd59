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
/// `NEEDLETAIL_FUZZ_INPUTS` sets the number of inputs of every reader, `NEEDLETAIL_FUZZ_SEED` the seed, and
/// `NEEDLETAIL_FUZZ_FIRST` the number of the first input, to repeat one. Input `i` is the same whatever came before it.
/// An input that makes trouble is written to a file that the problem names, with how to repeat it. Before a crash, the
/// numbers of the inputs in work are in the file that the first line printed names.
///
/// Where the number of inputs is set, time and memory are bounded: an input that takes more than ``slow`` is a problem,
/// one that takes more than a minute ends the process, and see ``FuzzMemory``. `Scripts/fuzz` gives each reader a process
/// of its own for that; beside other tests a reader waits for them.
public struct Fuzzing: Sendable {
  /// A valid input and its name.
  public typealias Seed = (name: String, bytes: [UInt8])

  /// How long one input may take.
  public static let slow = Duration.seconds(10)
  /// How many inputs a reader gets where the environment does not say it.
  static let usualInputs = 2_000
  private static let shownProblems = 5

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
      try? FileManager.default.removeItem(at: file)
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
    /// The longest time of one input.
    public var longest = Duration.zero
    /// The input that took it.
    public var slowest = 0
    /// What should not have happened, each with its input's file.
    public var problems: [String] = []
    /// Whether some inputs were taken and some refused, as there must be where a format has rules; a few inputs may all
    /// be of one sort.
    public var isMixed: Bool { accepted + refused < 100 || accepted > 0 && refused > 0 }
  }

  private let name: String
  private let inputs: Int
  private let first: Int
  private let seed: UInt64
  private let isBounded: Bool
  private let isRepeating: Bool

  /// - Parameters:
  ///   - name: What the report calls the reader.
  ///   - share: A reader that needs milliseconds an input may take a smaller part of the usual number.
  ///   - environment: Where the settings are.
  public init(
    _ name: String, share: Double = 1, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    let wanted = environment["NEEDLETAIL_FUZZ_INPUTS"].flatMap { Int($0) }
    self.name = name
    inputs = max(1, wanted ?? Int(Double(Self.usualInputs) * share))
    first = environment["NEEDLETAIL_FUZZ_FIRST"].flatMap { Int($0) } ?? 0
    seed = environment["NEEDLETAIL_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
    isBounded = wanted != nil
    isRepeating = environment["NEEDLETAIL_FUZZ_FIRST"] != nil
  }

  /// Gives the seeds as they are, then mutated copies of them, to `reader`.
  ///
  /// - Parameters:
  ///   - seeds: Valid inputs; the reader has to take each of them.
  ///   - generate: Makes the inputs after the seeds, in place of mutations.
  ///   - reader: Reads one input.
  ///   - refusal: The message and the subject of the reader's typed error; `nil` for any other error.
  public func run(
    _ seeds: [Seed], generate: (@Sendable (inout SeededGenerator) -> [UInt8])? = nil,
    reader: @escaping @Sendable (Input) async throws -> Void,
    refusal: @escaping @Sendable (any Error) -> (message: String, subject: String)?
  ) async throws -> Report {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "needletail-fuzz-\(UUID().uuidString)")
    let workers = inputs < 10_000 ? 1 : min(4, ProcessInfo.processInfo.activeProcessorCount)
    for worker in 0..<workers {
      try FileManager.default.createDirectory(
        at: scratch.appending(path: "\(worker)"), withIntermediateDirectories: true)
    }
    let watch = try FuzzWatch(
      name, file: scratch.appending(path: "inputs-in-work"), workers: workers,
      limit: isBounded ? .seconds(60) : .seconds(600), keep: keep)
    say("fuzz \(name): seed \(seed), inputs \(first) to \(first + inputs - 1), in work: \(watch.path)")
    let started = ContinuousClock.now
    var memory = FuzzMemory()
    var report = Report()
    let warmup = first + inputs / 5
    for stage in [first..<warmup, warmup..<(first + inputs)] {
      await withTaskGroup(of: Report.self) { group in
        for worker in 0..<workers {
          let numbers = stride(from: stage.lowerBound + worker, to: stage.upperBound, by: workers)
          group.addTask {
            var part = Report()
            for number in numbers {
              let input = input(number, of: seeds, generate, folder: scratch.appending(path: "\(worker)"))
              watch.begin(input, worker: worker)
              await read(input, isSeed: number < seeds.count, reader, refusal, &part)
            }
            watch.end(worker: worker)
            return part
          }
        }
        for await part in group {
          report.accepted += part.accepted
          report.refused += part.refused
          if part.longest > report.longest { (report.longest, report.slowest) = (part.longest, part.slowest) }
          report.problems += part.problems
        }
      }
      memory.measure()
    }
    watch.stop()
    if isBounded { report.problems += memory.problems }
    let seconds = ((ContinuousClock.now - started) / .seconds(0.1)).rounded() / 10
    let longest = Int((report.longest / .milliseconds(1)).rounded(.up))
    say(
      "fuzz \(name): \(inputs) inputs in \(seconds) s, at most \(longest) ms each (\(report.slowest)), \(report.accepted) accepted, "
        + "\(report.refused) refused, \(report.problems.count) problems; memory: \(memory)")
    try FileManager.default.removeItem(at: scratch)
    // The first ones tell enough.
    let rest = report.problems.dropFirst(Self.shownProblems)
    if !rest.isEmpty { report.problems = report.problems.prefix(Self.shownProblems) + ["and \(rest.count) more"] }
    return report
  }

  private func input(
    _ number: Int, of seeds: [Seed], _ generate: (@Sendable (inout SeededGenerator) -> [UInt8])?, folder: URL
  ) -> Input {
    let (name, valid) = seeds[number % seeds.count]
    let ownSeed = seed &* 0x1_0000_0001 &+ UInt64(number)
    var bytes = valid
    if number >= seeds.count {
      if let generate {
        var generator = SeededGenerator(seed: ownSeed)
        bytes = generate(&generator)
      } else {
        var mutations = Mutations(seed: ownSeed)
        bytes = mutations.mutated(valid, others: seeds.map(\.bytes))
      }
    }
    let input = Input(name: name, bytes: bytes, number: number, folder: folder)
    if isRepeating { say("fuzz \(self.name): input \(number) is in \(keep(input))") }
    return input
  }

  private func read(
    _ input: Input, isSeed: Bool, _ reader: @Sendable (Input) async throws -> Void,
    _ refusal: @Sendable (any Error) -> (message: String, subject: String)?, _ report: inout Report
  ) async {
    let started = ContinuousClock.now
    var problem: String?
    do {
      try await reader(input)
      report.accepted += 1
    } catch {
      report.refused += 1
      if isSeed {
        problem = "a valid input is refused: \(error)"
      } else if let (message, subject) = refusal(error) {
        if message.isEmpty || subject.isEmpty { problem = "an empty message or subject" }
      } else {
        problem = "refused with \(type(of: error)): \(error)"
      }
    }
    let time = ContinuousClock.now - started
    if time > report.longest { (report.longest, report.slowest) = (time, input.number) }
    if isBounded, time > Self.slow { problem = "took \(time)" }
    if let problem { report.problems.append("\(problem) (\(keep(input)))") }
  }

  /// Writes an input to a file that stays, and says how to repeat it.
  private func keep(_ input: Input) -> String {
    func safe(_ text: String) -> String { String(text.map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" }) }
    let folder = SharedData.repository.appending(path: ".build/fuzz-failures")
    let file = folder.appending(path: "\(safe(name))-seed-\(seed)-input-\(input.number)-\(safe(input.name))")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(input.bytes).write(to: file)
    } catch { return "input \(input.number), which cannot be kept: \(error)" }
    return "\(file.path), again with NEEDLETAIL_FUZZ_SEED=\(seed) NEEDLETAIL_FUZZ_FIRST=\(input.number) "
      + "NEEDLETAIL_FUZZ_INPUTS=1"
  }

  /// Unbuffered, so that nothing is lost in a crash.
  private func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
