#if Server
  /// Why a load could not be made.
  package struct LoadError: Error, CustomStringConvertible {
    /// What it is about: an address, an option.
    package let subject: String
    /// What is wrong, and what to do.
    package let message: String

    package init(_ subject: String, _ message: String) { (self.subject, self.message) = (subject, message) }

    package var description: String { "\(subject): \(message)" }
  }
#endif
