#if Server
  import ArgumentParser
  import Logging
  import Needletail

  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  /// How a log is written.
  enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    /// A line for people.
    case text
    /// A JSON object a line.
    case json
  }

  /// The log of a server, on standard error.
  enum Logs {
    static func logger(format: LogFormat, level: Logger.Level) throws -> Logger {
      var logger = Logger(label: "needletail") { _ in LogLines(format: format) }
      logger.logLevel = level
      return logger
    }
  }

  extension ServeRunCommand {
    func level() throws -> Logger.Level {
      guard let level = Logger.Level(rawValue: logLevel) else {
        throw ValidationError(
          "--log-level should be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return quiet ? max(level, .warning) : level
    }
  }

  /// Writes log entries as lines.
  private struct LogLines: LogHandler {
    let format: LogFormat
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(format: LogFormat) { self.format = format }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { _, own in own }.filter { $0.key != "hb.request.id" }
        .sorted { $0.key < $1.key }
      let time = Date().formatted(.iso8601)
      switch format {
      case .text:
        let details = all.map { " \($0.key)=\(StandardError.oneLine("\($0.value)"))" }.joined()
        StandardError.write("\(time) \(event.level) \(StandardError.oneLine("\(event.message)"))\(details)\n")
      case .json:
        var members: [(key: String, value: JSONValue)] = [
          ("time", .string(time)), ("level", .string(event.level.rawValue)), ("message", .string("\(event.message)")),
        ]
        members += all.map { ($0.key, .string("\($0.value)")) }
        StandardError.write(JSONValue.object(members).text() + "\n")
      }
    }
  }
#endif
