#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
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
  /// The time of the last change of anything about the file, which no program can set, in nanoseconds since 1970.
  package let changed: Int
  package let inode: UInt64
  package let device: UInt64

  /// What tells whether a file is still the one it was.
  struct Fingerprint: Sendable, Equatable {
    let size: Int
    let modified: Int
    let changed: Int
    let inode: UInt64
    let device: UInt64

    /// Whether the last change is so long ago that a later one would have another time.
    private func isSettled(_ now: Date) -> Bool { now.nanoseconds - max(modified, changed) > 2_000_000_000 }

    /// What to remember: of a file so fresh that a later change could leave no trace, nothing that it can look like.
    func remembered(_ now: Date) -> Fingerprint {
      isSettled(now) ? self : Fingerprint(size: size, modified: .min, changed: .min, inode: inode, device: device)
    }
  }

  var fingerprint: Fingerprint {
    Fingerprint(size: size, modified: modified, changed: changed, inode: inode, device: device)
  }

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
      modified = Self.nanoseconds(status.st_mtimespec)
      changed = Self.nanoseconds(status.st_ctimespec)
    #else
      modified = Self.nanoseconds(status.st_mtim)
      changed = Self.nanoseconds(status.st_ctim)
    #endif
    inode = UInt64(status.st_ino)
    device = UInt64(truncatingIfNeeded: status.st_dev)
  }

  /// A time as one number; the years before 1824 and after 2262, which a file may claim, count as these.
  private static func nanoseconds(_ time: timespec) -> Int {
    let (product, overflows) = Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    if overflows { return time.tv_sec < 0 ? -(Int.max / 2) : .max }
    return max(-(Int.max / 2), product.adding(saturating: Int(time.tv_nsec)))
  }
}

extension Int {
  /// The sum, or the largest number where it is larger: for sizes that a file system may claim.
  func adding(saturating other: Int) -> Int {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? (other < 0 ? .min : .max) : sum
  }
}

extension Date {
  /// Since 1970, within what differs from any file's time by a number that fits.
  var nanoseconds: Int { Int(max(0, min(4e18, timeIntervalSince1970 * 1e9))) }
}
