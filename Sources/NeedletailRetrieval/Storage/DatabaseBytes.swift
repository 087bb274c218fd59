internal import Foundation
internal import GRDB

/// Bytes as an argument of a statement.
struct DatabaseBytes {
  let value: DatabaseValue

  init(_ bytes: [UInt8]) { value = Data(bytes).databaseValue }
}
