internal import NeedletailJSON
package import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How a model is opened, as arguments of the command line: kept beside vectors, so that whoever comes later opens the
/// same model.
///
/// What changes no vector is left out, and folders are absolute.
package struct ModelOpening: Sendable, Hashable {
  /// `bundled`, the folder's path from the root, or a name on the hub.
  package var model = "bundled"
  /// What a transformer's matrix products multiply.
  package var precision = Precision.float32
  /// Adapters by their folders or names, each with `=` and its weight.
  package var adapters: [String] = []
  /// The name of the model's own prompt that stands before every text.
  package var prompt: String?
  /// The text before every text.
  package var instruction: String?
  /// How many of the leading dimensions are kept.
  package var dimensions: Int?
  /// Tokens of a text after which it is cut.
  package var maximumLength: Int?

  /// Opens the bundled model.
  package init() {}

  /// Says how a model was opened.
  ///
  /// - Returns: `nil` where the command line has no words for it.
  package init?(_ source: ModelSource, _ configuration: EmbedderConfiguration) {
    guard configuration.layer == nil, configuration.namedAdapters.isEmpty else { return nil }
    switch source {
    case .bundled: model = "bundled"
    case .folder(let url): model = Self.absolute(url.path)
    case .hub(let name): model = name
    }
    switch configuration.prompt {
    case .role: break
    case .named(let name): prompt = name
    case .text(let text): instruction = text
    }
    precision = configuration.precision
    dimensions = configuration.dimensions
    maximumLength = configuration.maximumLength
    adapters =
      configuration.adapters.map { "\(Self.absolute($0.folder.path))=\($0.weight)" }
      + configuration.chosenAdapters.map { "\($0.name)=\($0.weight)" }
  }

  /// The path from the root where there is a folder; a name as it is.
  package static func absolute(_ path: String) -> String {
    FileManager.default.fileExists(atPath: path) ? URL(filePath: path).standardizedFileURL.path : path
  }

  // MARK: As text

  /// The arguments as a JSON array of strings.
  package var text: String { JSONValue.array(arguments.map { .string($0) }).text() }

  private var arguments: [String] {
    var arguments = ["--model", model, "--precision", precision.rawValue]
    for adapter in adapters { arguments += ["--adapter", adapter] }
    if let prompt { arguments += ["--prompt", prompt] }
    if let instruction { arguments += ["--instruction", instruction] }
    if let dimensions { arguments += ["--dimensions", "\(dimensions)"] }
    if let maximumLength { arguments += ["--max-length", "\(maximumLength)"] }
    return arguments
  }

  /// The arguments that a text holds.
  ///
  /// - Throws: `JSONError` where it is no array of strings.
  package static func arguments(of text: String) throws -> [String] {
    try JSONDocument(parsing: text).root.expect(.array, "how a model is opened").elements.map {
      try $0.expect(.string, "an argument").string ?? ""
    }
  }

  /// Reads what ``text`` wrote.
  ///
  /// - Throws: ``EmbeddingError`` with code `.malformed` for an argument that is none of these.
  package init(parsing text: String) throws {
    let arguments = try Self.arguments(of: text)
    guard arguments.count.isMultiple(of: 2) else { throw Self.failure(arguments.last ?? "") }
    for index in stride(from: 0, to: arguments.count, by: 2) {
      let value = arguments[index + 1]
      switch arguments[index] {
      case "--model": model = value
      case "--adapter": adapters.append(value)
      case "--prompt": prompt = value
      case "--instruction": instruction = value
      case "--precision":
        guard let known = Precision(rawValue: value) else { throw Self.failure(value) }
        precision = known
      case "--dimensions": dimensions = try Self.number(value)
      case "--max-length": maximumLength = try Self.number(value)
      default: throw Self.failure(arguments[index])
      }
    }
  }

  private static func number(_ text: String) throws(EmbeddingError) -> Int {
    guard let number = Int(text), number > 0 else { throw failure(text) }
    return number
  }

  private static func failure(_ argument: String) -> EmbeddingError {
    EmbeddingError(.malformed, argument, "does not say how a model is opened")
  }

  // MARK: Opening

  /// Where the model is.
  ///
  /// - Throws: ``EmbeddingError`` with code `.unreadable`.
  package func source() throws(EmbeddingError) -> ModelSource { try ModelSource(model) }

  /// What is changed about the model's own settings.
  package var configuration: EmbedderConfiguration {
    var configuration = EmbedderConfiguration()
    if let prompt { configuration.prompt = .named(prompt) }
    if let instruction { configuration.prompt = .text(instruction) }
    configuration.precision = precision
    configuration.dimensions = dimensions
    configuration.maximumLength = maximumLength
    for adapter in adapters {
      let use = AdapterUse(weighted: adapter)
      if let folder = use.folder {
        configuration.adapters.append(folder)
      } else {
        configuration.chosenAdapters.append(use)
      }
    }
    return configuration
  }
}

extension AdapterUse {
  /// Reads `folder`, `folder=weight`, `name` or `name=weight`.
  package init(weighted text: String) {
    // A folder may have the sign in its name; what follows the last one is a weight only if it is a number.
    if let sign = text.lastIndex(of: "="), let weight = Float(text[text.index(after: sign)...]), weight.isFinite {
      self.init(String(text[..<sign]), weight: weight)
    } else {
      self.init(text)
    }
  }

  /// The folder, where it is one: a path that exists wins over a name, and nothing else has a slash.
  package var folder: AdapterChoice? {
    guard name.contains("/") || FileManager.default.fileExists(atPath: name) else { return nil }
    return AdapterChoice(URL(filePath: name), weight: weight)
  }
}
