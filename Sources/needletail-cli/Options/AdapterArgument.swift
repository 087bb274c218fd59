public import ArgumentParser
public import NeedletailEmbedding

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `--adapter`: a folder that holds an adapter, or the name of one that the model's folder has.
struct AdapterArgument: ExpressibleByArgument {
  /// The adapter by its name, and how much of it is added.
  let choice: AdapterUse

  /// Reads `folder`, `folder=weight`, `name` or `name=weight`.
  init?(argument: String) {
    // A folder may have the sign in its name; what follows the last one is a weight only if it is a number.
    if let sign = argument.lastIndex(of: "="), let weight = Float(argument[argument.index(after: sign)...]),
      weight.isFinite
    {
      choice = AdapterUse(String(argument[..<sign]), weight: weight)
    } else {
      choice = AdapterUse(argument)
    }
  }

  /// The folder, where it is one: a path that exists wins over a name, and nothing else has a slash.
  var folder: AdapterChoice? {
    guard choice.name.contains("/") || FileManager.default.fileExists(atPath: choice.name) else { return nil }
    return AdapterChoice(URL(filePath: choice.name), weight: choice.weight)
  }
}

extension AdapterChoice: ExpressibleByArgument {
  /// Reads `folder` or `folder=weight`.
  public init?(argument: String) {
    guard let one = AdapterArgument(argument: argument)?.choice else { return nil }
    self.init(URL(filePath: one.name), weight: one.weight)
  }
}
