/// Letters as Python sees them.
extension Unicode.Scalar {
  /// Whether `str.isspace` holds.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Whether `str.splitlines` ends a line here.
  var isPythonLineBreak: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Whether `str.isprintable` holds.
  var isPythonPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: self == " "
    default: true
    }
  }

  var isNameStart: Bool { self == "_" || properties.isXIDStart }
  var isNamePart: Bool { properties.isXIDContinue }
  var isDigit: Bool { ("0"..."9").contains(self) }
}

extension String {
  init(_ scalars: some Sequence<Unicode.Scalar>) {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    self.init(text)
  }

  /// Whether two texts have the same scalars; Swift's own `==` also equates composed and decomposed letters.
  func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
