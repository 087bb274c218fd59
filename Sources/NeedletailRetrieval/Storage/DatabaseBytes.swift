internal import GRDB

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Bytes as an argument of a statement.
struct DatabaseBytes {
  let value: DatabaseValue

  init(_ bytes: [UInt8]) { value = Data(bytes).databaseValue }
}
