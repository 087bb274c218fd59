import NeedletailJSON

/// One file as the hub lists it.
struct ListedFile: Sendable {
  let path: RemotePath
  /// Absent where the hub tells only names.
  let checksum: Checksum?
  let size: Int?
}

/// What a revision of a model holds.
package struct Listing: Sendable {
  /// The commit behind the revision, 40 hexadecimal digits.
  package let commit: String
  let files: [ListedFile]

  /// The longest list of files that is read.
  static let fileLimit = 100_000

  /// Reads the hub's answer to a question for a revision.
  ///
  /// - Throws: ``HubError`` with code `.badResponse`, `.tooLarge` or `.unsafeFileName`.
  package init(parsing bytes: [UInt8], subject: String) throws(HubError) {
    do {
      let root = try JSONDocument(parsing: bytes, subject: subject).root
      let commit = try root.string("sha")
      guard Checksum.isHexadecimal(commit, count: 40) else {
        throw HubError(
          .badResponse, subject, "expected a commit of 40 hexadecimal digits, found \"\(commit.prefix(80))\"")
      }
      let siblings = try root.value("siblings").expect(.array, "siblings")
      guard siblings.count <= Self.fileLimit else {
        throw HubError(.tooLarge, subject, "\(siblings.count) files are listed, more than \(Self.fileLimit)")
      }
      var files: [ListedFile] = []
      for entry in siblings.elements {
        let path = try RemotePath(entry.string("rfilename"))
        let large = entry.optional("lfs")
        let digits = large?["sha256"]?.string ?? (large == nil ? entry["blobId"]?.string : nil)
        let size = (large?["size"] ?? entry["size"])?.integer.flatMap { $0 >= 0 ? $0 : nil }
        files.append(ListedFile(path: path, checksum: digits.flatMap(Checksum.init(digits:)), size: size))
      }
      self.commit = commit
      self.files = files
    } catch let error as HubError {
      throw error
    } catch {
      throw HubError(.badResponse, subject, "is not what a hub sends: \(error)", cause: error)
    }
  }

  /// How many files are listed.
  package var count: Int { files.count }
}
