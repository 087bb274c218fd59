import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The root of the command line.
@main
struct NeedletailCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "needletail", abstract: "Text embeddings on a CPU: embed, search, measure and make models.",
    discussion: """
      Without --model the bundled static model is used: no download, ready in milliseconds.

      Examples:
        needletail demo
        needletail search "how to undo a commit" docs notes.md
        needletail collection create notes && needletail collection add notes ~/notes
        needletail embed --model sentence-transformers/all-MiniLM-L6-v2 --input texts.jsonl --output vectors.npy
        needletail similarity "A bird in the sky" "Something flies above us"
        needletail models pull sentence-transformers/all-MiniLM-L6-v2

      Data goes to standard output, everything else to standard error. Exit status: 0 done, 1 failed, 64 wrong usage, \
      130 interrupted.
      """,
    version: Release.version,
    subcommands: [
      DemoCommand.self, SearchCommand.self, CollectionCommand.self, EmbedCommand.self, SimilarityCommand.self,
      RerankCommand.self,
      TokenizeCommand.self, TokenizerCommand.self, ModelsCommand.self, DistillCommand.self, EvalCommand.self,
      AnalyzeCommand.self, BenchCommand.self,
    ] + serving)

  /// What the program was told, by more than its arguments where a command takes more.
  private static func arguments() throws -> [String] {
    let arguments = Array(CommandLine.arguments.dropFirst())
    #if Server
      return try ServeSettings.expanded(arguments, ProcessInfo.processInfo.environment)
    #else
      return arguments
    #endif
  }

  /// What needs the server's libraries.
  private static var serving: [any ParsableCommand.Type] {
    #if Server
      [ServeCommand.self]
    #else
      []
    #endif
  }

  /// Runs a command; failures become one line on standard error, an interruption cancels what is under way.
  static func main() async {
    let interruption = Interruption()
    do {
      let work = Task {
        var command = try parseAsRoot(arguments())
        if var waiting = command as? any AsyncParsableCommand { try await waiting.run() } else { try command.run() }
      }
      interruption.cancels(work)
      try await work.value
      try StandardOutput.flush()
    } catch is CancellationError {
      exit(withError: ExitCode(interruption.exitStatus))
    } catch  where isUsage(error) {
      exit(withError: error)
    } catch {
      StandardError.write("needletail: \(StandardError.oneLine("\(error)"))\n")
      exit(withError: ExitCode(1))
    }
  }

  /// Whether ArgumentParser knows best how to show an error: help, version, wrong usage, an exit status.
  private static func isUsage(_ error: any Error) -> Bool {
    error is ExitCode || error is CleanExit || error is ValidationError || exitCode(for: error) != .failure
  }
}
