#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What the file system says about a path without opening it.
package struct FileStatus: Sendable, Equatable {
  /// The kinds of things that have paths.
  package enum Kind: Sendable {
    case file, folder, link, stream
  }

  package let kind: Kind
  /// Bytes.
  package let size: Int
  /// The time of the last change of the content, in nanoseconds since 1970.
  package let modified: Int
  package let inode: UInt64
  package let device: UInt64

  /// What tells whether a file is still the one it was.
  struct Fingerprint: Sendable, Equatable {
    let size: Int
    let modified: Int
    let inode: UInt64
    let device: UInt64
  }

  var fingerprint: Fingerprint { Fingerprint(size: size, modified: modified, inode: inode, device: device) }

  /// Asks about a path.
  ///
  /// - Parameter followsLinks: Whether a symbolic link stands for what it points to.
  /// - Returns: `nil` where there is nothing, or it may not be seen.
  package init?(_ path: String, followsLinks: Bool) {
    var status = stat()
    guard unsafe (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    self.init(status)
  }

  /// Asks about an open file.
  init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    case S_IFLNK: kind = .link
    default: kind = .stream
    }
    size = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = Int(time.tv_sec) &* 1_000_000_000 &+ Int(time.tv_nsec)
    inode = UInt64(status.st_ino)
    device = UInt64(truncatingIfNeeded: status.st_dev)
  }
}
