/// What these sources are.
package enum Release {
  /// As the program and the server say it.
  package static let version = "0.1.0"
}
