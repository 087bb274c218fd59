import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

/// Calls to the system that fail for a program's files, as they do on full and failing disks.
struct Fault: Sendable, CustomStringConvertible {
  /// Which calls: `write`, `sync`, `truncate`, `rename` or `create`.
  let call: String
  /// `ENOSPC`, `EIO`, `SHORT` for half of the bytes and no error, or `FULL` for half of the bytes and then `ENOSPC`.
  let error: String
  /// Whether all calls fail after the first one that does.
  let stays: Bool
  /// The first call that fails, from 1; 0 for none.
  var at = 0
  /// How the paths of the files end whose calls fail.
  var file = ""

  var description: String { "\(call) \(at)\(stays ? " and later" : "") \(error)" }

  /// All kinds of them.
  static let kinds = [
    Fault(call: "write", error: "SHORT", stays: false), Fault(call: "write", error: "FULL", stays: true),
    Fault(call: "write", error: "ENOSPC", stays: false), Fault(call: "write", error: "EIO", stays: false),
    Fault(call: "write", error: "EIO", stays: true), Fault(call: "sync", error: "EIO", stays: false),
    Fault(call: "sync", error: "EIO", stays: true), Fault(call: "truncate", error: "EIO", stays: true),
    Fault(call: "rename", error: "EIO", stays: true), Fault(call: "create", error: "ENOSPC", stays: true),
  ]
}

/// A library in front of the system's that makes ``Fault``s happen.
struct FaultyDisk: Sendable {
  private let library: String
  private static let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Faults/faults.c")

  /// Linux alone loads such a library by an environment variable into every program.
  static var isAvailable: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }

  /// Compiles the library into a folder.
  init(_ folder: String) async throws {
    library = folder + "/faults.so"
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let compiler = try Running(
      URL(filePath: "/usr/bin/env"),
      ["clang", "-std=gnu2x", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, Self.source.path],
      folder: URL(filePath: folder), environment: ["PATH": path])
    try compiler.send("")
    let result = try await compiler.end()
    try #require(result.status == 0, "clang: \(result.errors)")
  }

  /// What a run under faults ended with.
  struct Result: Sendable {
    let result: Program.Result
    /// How many calls of the fault's kind there were.
    let calls: Int
  }

  /// Runs the program with faults for the files of a folder; one that hangs is killed, as its status 137 tells.
  func run(_ fault: Fault, under folder: URL, _ arguments: [String], input: String = "") async throws -> Result {
    let count = folder.path + ".count"
    var environment = [
      "NEEDLETAIL_FAULT_FOLDER": folder.path, "NEEDLETAIL_FAULT_CALL": fault.call,
      "NEEDLETAIL_FAULT_FILE": fault.file, "NEEDLETAIL_FAULT_AT": "\(fault.at)", "NEEDLETAIL_FAULT_ERROR": fault.error,
      "NEEDLETAIL_FAULT_COUNT": count,
    ]
    if !fault.stays { environment["NEEDLETAIL_FAULT_LAST"] = "\(fault.at)" }
    // The library is for the program alone.
    let command = ["-s", "KILL", "60", "/usr/bin/env", "LD_PRELOAD=\(library)", try Program.location().path]
    let running = try Running(
      URL(filePath: "/usr/bin/timeout"), command + arguments, folder: folder, environment: environment)
    try running.send(input)
    let result = try await running.end()
    let calls = try? String(contentsOfFile: count, encoding: .utf8)
    return Result(result: result, calls: calls.flatMap { Int($0.prefix { $0 != "\n" }) } ?? 0)
  }
}
