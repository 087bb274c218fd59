#if Server
  public import ArgumentParser
  import Needletail
  public import NeedletailServer

  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  /// `needletail serve key`: makes, lists and removes keys.
  struct ServeKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "key", abstract: "Make, list and remove the keys of a file.",
      discussion: """
        The file holds hashes only: a key is shown once, when it is made. The server reads the file when it starts.

        Examples:
          needletail serve key add search-page --scope read --file keys.json
          needletail serve key list --file keys.json
          needletail serve --keys keys.json
        """, subcommands: [Add.self, List.self, Remove.self])

    struct File: ParsableArguments {
      @Option(name: .customLong("file"), help: ArgumentHelp("The file of keys.", valueName: "file"))
      var path = "keys.json"

      var url: URL { URL(filePath: path) }

      func read() throws -> KeyRing {
        FileManager.default.fileExists(atPath: path) ? try KeyRing(contentsOf: url) : KeyRing()
      }
    }

    struct Add: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Make a key and print it.")

      @Argument(help: "A name for it, for you.")
      var name: String

      @Option(help: "What it allows: read, write (documents, collections) or admin (models).")
      var scope = Scope.read

      @OptionGroup var file: File

      func run() throws {
        var keys = try file.read()
        guard !keys.entries.contains(where: { $0.name == name }) else {
          throw ValidationError("there is a key \"\(name)\" already; remove it, or choose another name")
        }
        let key = keys.make(name: name, scope: scope)
        try keys.write(to: file.url)
        try StandardOutput.print(key)
      }
    }

    struct List: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Print names and scopes.")

      @OptionGroup var file: File

      func run() throws {
        for entry in try file.read().entries { try StandardOutput.print("\(entry.name)\t\(entry.scope.rawValue)") }
      }
    }

    struct Remove: ParsableCommand {
      static let configuration = CommandConfiguration(abstract: "Remove a key.")

      @Argument(help: "Its name.")
      var name: String

      @OptionGroup var file: File

      func run() throws {
        var keys = try file.read()
        guard keys.remove(name) else { throw ValidationError("there is no key \"\(name)\"") }
        try keys.write(to: file.url)
      }
    }
  }

  extension Scope: ExpressibleByArgument {}
#endif
