import AsyncHTTPClient
import NIOCore
import NIOPosix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension HubError {
  /// The error for a call of Foundation that failed, with the system's own words for why.
  static func foundation(_ error: any Error, _ path: String, _ what: String) -> HubError {
    guard let number = systemNumber(error) else { return HubError(.fileSystem, path, what, cause: error) }
    return system(number, path, what)
  }

  /// The number of the system's error behind one of Foundation's.
  private static func systemNumber(_ error: any Error) -> Int32? {
    if let error = error as? POSIXError { return error.code.rawValue }
    guard let error = error as? CocoaError else { return nil }
    if let number = error.underlying.flatMap(systemNumber) { return number }
    switch error.code {
    case .fileReadNoPermission, .fileWriteNoPermission: return EACCES
    case .fileNoSuchFile, .fileReadNoSuchFile: return ENOENT
    case .fileWriteFileExists: return EEXIST
    case .fileWriteOutOfSpace: return ENOSPC
    case .fileWriteVolumeReadOnly: return EROFS
    default: return nil
    }
  }

  /// Why a connection failed, in plain words.
  static func reason(_ error: any Error) -> String {
    switch error {
    case let error as IOError: return unsafe String(cString: strerror(error.errnoCode))
    case let error as NIOConnectionError:
      if let failure = error.connectionErrors.first { return reason(failure.error) }
      return "the name \(error.host) has no address that can be reached"
    case let error as HTTPClientError: return error.shortDescription.lowercased()
    case is ChannelError: return "the connection was closed"
    default: return "\(error)"
    }
  }
}
