internal import NeedletailJSON
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The files of one model on disk, read as sentence-transformers and transformers lay them out.
struct ModelFolder: Sendable {
  let url: URL
  /// Who notes what is read, where somebody wants to know.
  var record: ReadingRecord?
  /// Who takes the weights' outlines, where nobody wants the weights.
  var survey: WeightSurvey?

  /// Configuration files are small; a larger one is no configuration.
  private static let maximumFile = 256 << 20

  init(_ url: URL) throws(EmbeddingError) {
    var isFolder = false
    #if canImport(FoundationEssentials)
      let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    #else
      var flag = ObjCBool(false)
      let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &flag)
      isFolder = flag.boolValue
    #endif
    guard exists else { throw EmbeddingError(.unreadable, url.path, "there is no such model folder") }
    guard isFolder else { throw EmbeddingError(.unreadable, url.path, "is a file; a model is a folder") }
    self.url = url
  }

  func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: file(path).path) }

  func file(_ path: String) -> URL { path.isEmpty ? url : url.appending(path: path) }

  /// Parses a JSON file of the folder; `nil` if it does not exist.
  func json(_ path: String) throws(EmbeddingError) -> JSON? {
    guard has(path) else { return nil }
    let bytes = try bytes(path)
    let name = file(path).path
    do {
      return try record?.document(bytes, path: name).root ?? JSONDocument(parsing: bytes, subject: name).root
    } catch { throw EmbeddingError(.malformed, error, subject: file(path).path) }
  }

  /// Where sentence-transformers says what kind of model a folder is.
  static let settings = "config_sentence_transformers.json"

  /// The kind of model that sentence-transformers says it is; `nil` where it does not.
  func modelType() throws(EmbeddingError) -> String? {
    guard let json = try json(Self.settings), json.optional("model_type") != nil else { return nil }
    do { return try json.string("model_type") } catch {
      throw EmbeddingError(.malformed, error, subject: file(Self.settings).path)
    }
  }

  /// The bytes of a file of the folder that is no weights file.
  func bytes(_ path: String) throws(EmbeddingError) -> [UInt8] {
    let file = file(path).path
    record?.note(file)
    do { return try RegularFile.bytes(file, name: file, limit: Self.maximumFile) } catch {
      throw EmbeddingError(.unreadable, error.name, error.message)
    }
  }

  /// A folder inside this one, for a module; the path comes from `modules.json` and may not leave the folder.
  func module(_ path: String) throws(EmbeddingError) -> ModelFolder {
    guard !path.hasPrefix("/"), !path.split(separator: "/").contains(".."), !path.utf8.contains(0) else {
      throw EmbeddingError(.malformed, file("modules.json").path, "names the path \"\(path)\" outside the model folder")
    }
    return path.isEmpty ? self : ModelFolder(unchecked: file(path), record: record, survey: survey)
  }

  private init(unchecked url: URL, record: ReadingRecord?, survey: WeightSurvey?) {
    (self.url, self.record, self.survey) = (url, record, survey)
  }
}
