import Foundation

/// What a program prints; `nil` where it cannot be started.
func output(of command: [String], in folder: String, input: String? = nil) throws -> String? {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = command
  process.currentDirectoryURL = URL(filePath: folder)
  process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"]
  let out = Pipe()
  let into = Pipe()
  process.standardOutput = out
  process.standardError = FileHandle.nullDevice
  process.standardInput = into
  try process.run()
  if let input { try into.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
  try into.fileHandleForWriting.close()
  let data = try out.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return process.terminationStatus == 127 ? nil : String(decoding: data, as: UTF8.self)
}
