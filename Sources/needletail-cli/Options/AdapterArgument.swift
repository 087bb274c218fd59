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
  init?(argument: String) { choice = AdapterUse(weighted: argument) }

  /// The folder, where it is one.
  var folder: AdapterChoice? { choice.folder }
}

extension AdapterChoice: ExpressibleByArgument {
  /// Reads `folder` or `folder=weight`.
  public init?(argument: String) {
    guard let one = AdapterArgument(argument: argument)?.choice else { return nil }
    self.init(URL(filePath: one.name), weight: one.weight)
  }
}
