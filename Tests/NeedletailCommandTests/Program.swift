import NeedletailTestSupport
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

/// The built program, run as a user runs it.
struct Program {
  /// What a run left.
  struct Result: Sendable {
    let status: Int32
    let output: String
    let errors: String

    var lines: [Substring] { output.split(separator: "\n") }
  }

  /// A folder of its own for what the test writes and for the caches.
  let folder: URL

  /// Makes a folder that goes away with the body's end.
  static func inFolder(_ body: (Program) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "needletail-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(Program(folder: folder))
  }

  /// Writes a file of the folder and returns its path.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// What the folder holds, hidden files included.
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

  /// Runs the program to its end.
  func run(_ arguments: String..., input: String = "") async throws -> Result {
    let process = try start(arguments)
    try process.send(input)
    return try await process.end()
  }

  /// Starts the program.
  func start(_ arguments: [String]) throws -> Running {
    try Running(try Self.location(), arguments, folder: folder)
  }

  /// The program beside the tests, in the folder of build products.
  static func location() throws -> URL {
    let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let candidates = [beside, SharedData.repository.appending(path: ".build/release")].map {
      $0.appending(path: "needletail")
    }
    return try #require(
      candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }, "the program was not built")
  }
}

/// A run that is under way.
final class Running: Sendable {
  private let process: Mutex<Process>
  private let input = Pipe()
  private let files: [URL]
  private let ending: Task<Int32, Never>
  let identifier: Int32

  /// - Parameter environment: Added to what every run gets.
  init(_ program: URL, _ arguments: [String], folder: URL, environment: [String: String] = [:]) throws {
    let outputs = FileManager.default.temporaryDirectory
    let mark = UInt64.random(in: 0 ... .max)
    files = ["output", "errors"].map { outputs.appending(path: "needletail-\($0)-\(mark)") }
    for file in files { try Data().write(to: file) }
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = [
      "HOME": folder.path, "PATH": "/usr/bin:/bin", "HF_HUB_CACHE": folder.appending(path: "hub").path,
      "XDG_CACHE_HOME": folder.appending(path: "cache").path,
    ].merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = {
      continuation.yield($0.terminationStatus)
      continuation.finish()
    }
    ending = Task {
      for await status in stream { return status }
      return -1
    }
    try process.run()
    identifier = process.processIdentifier
    self.process = Mutex(process)
  }

  /// Writes to the program's standard input and keeps it open.
  func write(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

  /// Writes to the program's standard input and closes it; a program that does not read it may have ended before.
  func send(_ text: String) throws {
    signal(SIGPIPE, SIG_IGN)
    try? write(text)
    try input.fileHandleForWriting.close()
  }

  /// What standard output holds so far.
  func output() throws -> String { String(decoding: try Data(contentsOf: files[0]), as: UTF8.self) }

  func interrupt() { kill(identifier, SIGINT) }

  /// Waits for the end.
  func end() async throws -> Program.Result {
    let status = await ending.value
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    for file in files { try? FileManager.default.removeItem(at: file) }
    return Program.Result(status: status, output: texts[0], errors: texts[1])
  }
}
