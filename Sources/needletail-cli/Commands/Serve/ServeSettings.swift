#if Server
  import ArgumentParser
  import Needletail

  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  /// Options of `needletail serve` from the environment and a file, put before the arguments, which win.
  enum ServeSettings {
    private static let prefix = "NEEDLETAIL_SERVE_"
    private static let verbs: Set<String> = ["key", "help", "-h", "--help"]

    /// The arguments of the program, with what the environment and the file of `--config` say.
    ///
    /// - Throws: `ValidationError` or `JSONError` for a file that cannot be understood.
    static func expanded(_ arguments: [String], _ environment: [String: String]) throws -> [String] {
      guard arguments.first == "serve" else { return arguments }
      var own = Array(arguments.dropFirst())
      if let verb = own.first, verbs.contains(verb) { return arguments }
      if own.first == "run" { own.removeFirst() }
      let file = try configFile(&own) ?? environment[prefix + "CONFIG"]
      // What stands later wins; of options that may be given several times, only those of one place count.
      var options = try file.map { try read($0) } ?? [:]
      for (key, value) in environment where key.hasPrefix(prefix) && key != prefix + "CONFIG" {
        let name = key.dropFirst(prefix.count).lowercased().replacing("_", with: "-")
        options[name] = value.split(separator: ",").map(String.init)
      }
      let given = Set(own.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2).prefix { $0 != "=" }) })
      var before: [String] = []
      for (name, values) in options.sorted(by: { $0.key < $1.key }) where !given.contains(name) {
        for value in values {
          switch value {
          case "true": before.append("--\(name)")
          case "false": break
          default: before.append("--\(name)=\(value)")
          }
        }
      }
      return ["serve", "run"] + before + own
    }

    /// Takes `--config FILE` out of the arguments.
    private static func configFile(_ arguments: inout [String]) throws -> String? {
      guard let place = arguments.firstIndex(where: { $0 == "--config" || $0.hasPrefix("--config=") }) else {
        return nil
      }
      let argument = arguments.remove(at: place)
      if argument != "--config" { return String(argument.dropFirst("--config=".count)) }
      guard place < arguments.count else { throw ValidationError("--config needs a file") }
      return arguments.remove(at: place)
    }

    /// A JSON object: names of options, with or without dashes, and strings, numbers, booleans or arrays of these.
    private static func read(_ path: String) throws -> [String: [String]] {
      let bytes: [UInt8]
      do { bytes = [UInt8](try Data(contentsOf: URL(filePath: path))) } catch {
        throw ValidationError("--config \(path): cannot be read")
      }
      var options: [String: [String]] = [:]
      for (key, value) in try JSONDocument(parsing: bytes, subject: path).root.expect(.object, "the file").members {
        let name = String(decoding: key, as: UTF8.self).replacing("_", with: "-")
        options[name] = try (value.kind == .array ? Array(value.elements) : [value]).map { one in
          switch one.kind {
          case .string: one.string ?? ""
          case .number: one.integer.map { "\($0)" } ?? "\(one.double ?? 0)"
          case .boolean: one.boolean == true ? "true" : "false"
          default: throw one.error(.wrongType, "\"\(name)\" should be a string, a number or a boolean")
          }
        }
      }
      return options
    }
  }
#endif
