public import NeedletailEmbedding
internal import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Documents, queries, and judgements of which documents answer which query.
///
/// A folder in the layout of BEIR (Thakur and others 2021, arXiv:2104.08663): `corpus.jsonl` with `_id`, `title` and
/// `text`, `queries.jsonl` with `_id` and `text`, and `qrels.tsv` (or `qrels/test.tsv`) with a header line and the
/// columns query, document and grade.
public struct RetrievalData: Sendable {
  /// A document or a query.
  public struct Item: Sendable, Equatable {
    /// Its name.
    public let id: String
    /// Its text; a document's title stands before it, a space between.
    public let text: String
  }

  /// What is searched.
  public let documents: [Item]
  /// The queries with at least one document that answers them, in the order of their file.
  public let queries: [Item]
  /// For each query the grades of documents, by their ``Item/id``; 0 or less is no answer.
  public let judgements: [[String: Int]]

  /// The passages and questions inside the program.
  public init(_ corpus: BundledCorpus) {
    documents = corpus.documents.map { Item(id: $0.id, text: "\($0.title) \($0.text)") }
    queries = corpus.questions.map { Item(id: $0.id, text: $0.text) }
    judgements = corpus.questions.map { [$0.expected: 1] }
  }

  /// Reads a folder.
  ///
  /// - Throws: ``EvaluationError`` that names the file and the line at fault; `CancellationError`.
  public init(contentsOf folder: URL) throws {
    documents = try Self.items(folder.appending(path: "corpus.jsonl"))
    let files = ["qrels.tsv", "qrels/test.tsv"].map { folder.appending(path: $0) }
    let file = files.first { FileManager.default.fileExists(atPath: $0.path) } ?? files[0]
    let grades = try Self.grades(file)
    var queries: [Item] = []
    var judgements: [[String: Int]] = []
    for query in try Self.items(folder.appending(path: "queries.jsonl")) {
      guard let judged = grades[query.id], judged.contains(where: { $0.value > 0 }) else { continue }
      queries.append(query)
      judgements.append(judged)
    }
    guard !queries.isEmpty else {
      throw EvaluationError(.empty, file.relativePath, "no query of queries.jsonl has a document that answers it")
    }
    (self.queries, self.judgements) = (queries, judgements)
  }

  private static func items(_ file: URL) throws -> [Item] {
    do {
      let rows = try TextRows(contentsOf: file.relativePath, format: .jsonl)
      var items: [Item] = []
      while let row = try rows.next() { items.append(Item(id: text(row.id), text: row.text)) }
      guard !items.isEmpty else { throw EvaluationError(.empty, file.relativePath, "holds no texts") }
      return items
    } catch let error as EmbeddingError {
      let code: EvaluationError.Code = error.code == .unreadable ? .unreadable : .malformed
      throw EvaluationError(code, error.subject, error.message, cause: error)
    }
  }

  /// An id that is a number names what the qrels call by its digits.
  private static func text(_ id: JSONValue) -> String {
    if case .string(let text) = id { text } else { id.text() }
  }

  private static func grades(_ file: URL) throws(EvaluationError) -> [String: [String: Int]] {
    var grades: [String: [String: Int]] = [:]
    var isHeader = true
    do {
      var lines = try TextLines(file.path, name: file.relativePath)
      while let line = try lines.next() {
        defer { isHeader = false }
        let cells = String(decoding: line, as: UTF8.self).split(
          omittingEmptySubsequences: false, whereSeparator: { $0 == "\t" || $0.isNewline })
        guard !isHeader, cells.first?.isEmpty == false else { continue }
        guard cells.count >= 3, let grade = Int(cells[2]) else {
          throw EvaluationError(
            .malformed, lines.place, "expected a query, a document and a whole number, separated by tabs")
        }
        grades[String(cells[0]), default: [:]][String(cells[1])] = grade
      }
    } catch let error as RegularFile.Failure {
      throw EvaluationError(.unreadable, error.place, error.message, cause: error)
    } catch let error as EvaluationError {
      throw error
    } catch {
      throw EvaluationError(.unreadable, file.relativePath, "\(error)", cause: error)
    }
    return grades
  }
}
