internal import CNeedletailAssets

/// The classes of a scalar that the patterns of tokenizers ask for.
struct RegexClass {
  let bits: UInt8

  @inline(__always)
  init(_ scalar: UInt32) { bits = nt_regex_class(scalar) }

  private init(bits: UInt8) { self.bits = bits }

  /// No scalar at all: the end of the text.
  static let end = RegexClass(bits: 0x80)

  @inline(__always)
  private func has(_ bit: UInt8) -> Bool { bits & (1 << bit) != 0 }

  /// Matches `\p{L}`.
  @inline(__always) var isLetter: Bool { has(0) }
  /// Matches `\p{N}`.
  @inline(__always) var isNumber: Bool { has(1) }
  /// Matches `\s`.
  @inline(__always) var isSpace: Bool { has(2) }
  /// Matches `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`.
  @inline(__always) var isUpper: Bool { has(3) }
  /// Matches `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
  @inline(__always) var isLower: Bool { has(4) }
  /// Matches `[^\s\p{L}\p{N}]`.
  @inline(__always) var isOther: Bool { bits & 0x87 == 0 }
  /// Past the last scalar.
  @inline(__always) var isEnd: Bool { has(7) }
}
