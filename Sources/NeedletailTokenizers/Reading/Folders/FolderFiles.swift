internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The files of a model folder that a tokenizer is read from.
struct FolderFiles {
  let folder: URL
  /// The one vocabulary file that is to be read, where the user named it; there is no `tokenizer.json` then.
  var vocabulary: String?
  /// Who notes which files are read, where somebody wants to know.
  var record: ReadingRecord?

  var name: String { folder.relativePath }

  func url(_ file: String) -> URL { folder.appending(path: file) }

  /// How errors name a file.
  func path(_ file: String) -> String { url(file).relativePath }

  func has(_ file: String) -> Bool {
    if vocabulary != nil, file == "tokenizer.json" { return false }
    return FileManager.default.fileExists(atPath: url(file).path)
  }

  func bytes(_ file: String) throws(TokenizerError) -> [UInt8] {
    record?.note(url(file).path)
    return try Tokenizer.read(url(file))
  }

  /// The object of a JSON file, or `nil` where there is no such file.
  func json(_ file: String) throws -> JSON? {
    guard has(file) else { return nil }
    return try JSONDocument(parsing: bytes(file), subject: url(file).relativePath).root.expect(.object, file)
  }

  /// An error about one file.
  func problem(_ code: TokenizerError.Code, _ message: String, _ file: String) -> TokenizerError {
    TokenizerError(code, message, subject: url(file).relativePath)
  }
}
