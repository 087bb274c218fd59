internal import NeedletailJSON
internal import NeedletailTensor

/// Writes documents to a file, one a line, in memory for a few of them; the file has its name once ``finish()`` is through.
///
///     let writer = try DocumentWriter("documents.jsonl")
///     for document in documents { try writer.append(document) }
///     try writer.finish()
public final class DocumentWriter {
  /// What a line is.
  public enum Layout: Sendable {
    /// `{"id", "text", "metadata"}`, as ``DocumentRows`` reads it.
    case documents
    /// `{"_id", "title", "text", "metadata"}`, as BEIR's `corpus.jsonl` has it: a title of the metadata with which the text
    /// begins is taken from both.
    case corpus
  }

  private let file: OutputFile
  private let layout: Layout

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be; `-` is standard output. An existing file stays until ``finish()``.
  ///   - layout: What a line is.
  /// - Throws: ``RetrievalError`` with code `.unwritable`.
  public init(_ path: String, layout: Layout = .documents) throws(RetrievalError) {
    self.layout = layout
    do throws(TensorError) { file = try OutputFile(path) } catch { throw Self.failure(error) }
  }

  /// Adds a document.
  ///
  /// - Throws: ``RetrievalError`` with code `.unwritable`.
  public func append(_ document: Document) throws(RetrievalError) {
    let line = Self.line(document, layout).text() + "\n"
    do throws(TensorError) { try file.append(line.utf8) } catch { throw Self.failure(error) }
  }

  /// Completes the file.
  ///
  /// - Throws: ``RetrievalError`` with code `.unwritable`.
  public func finish() throws(RetrievalError) {
    do throws(TensorError) { try file.commit() } catch { throw Self.failure(error) }
  }

  private static func line(_ document: Document, _ layout: Layout) -> JSONValue {
    guard layout == .corpus else {
      return .object(["id": .string(document.id), "text": .string(document.text), "metadata": document.metadata])
    }
    var (title, text, metadata) = ("", document.text, document.metadata)
    if case .object(let members) = metadata,
      case .string(let found)? = members.last(where: { $0.key == "title" })?.value,
      !found.isEmpty, text.utf8.starts(with: "\(found) ".utf8)
    {
      title = found
      text = String(decoding: text.utf8.dropFirst(title.utf8.count + 1), as: UTF8.self)
      metadata = .object(members.filter { $0.key != "title" })
    }
    return .object([
      "_id": .string(document.id), "title": .string(title), "text": .string(text), "metadata": metadata,
    ])
  }

  private static func failure(_ error: TensorError) -> RetrievalError {
    RetrievalError(.unwritable, error.subject, error.message, cause: error)
  }
}
