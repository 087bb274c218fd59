internal import CNeedletailAssets

/// How a scalar joins its neighbours in an extended grapheme cluster (UAX 29), as the reference library sees it.
///
/// The numbers are those of `Tools/unicode/graphemes.py`.
enum GraphemeClass: UInt8 {
  case other, control, extend, conjunctExtend, linker, joiner, spacing, prepend
  case leading, vowel, trailing, openSyllable, closedSyllable, pictograph, consonant

  init(_ scalar: UInt32) { self = GraphemeClass(rawValue: nt_grapheme_class(scalar)) ?? .other }

  fileprivate var extends: Bool {
    switch self {
    case .extend, .conjunctExtend, .linker: true
    default: false
    }
  }
}

/// Where extended grapheme clusters end.
enum GraphemeClusters {
  /// The position after the cluster that starts at `start`, which is a position of `scalars`.
  static func end(of scalars: [UInt32], from start: Int) -> Int {
    var previous = GraphemeClass(scalars[start])
    // A pictograph, its extenders, a joiner: the next pictograph belongs to it.
    var isPictograph = previous == .pictograph
    // A consonant, extenders with a linker among them: the next consonant belongs to it.
    var isConjunct = previous == .consonant
    var hasLinker = false
    var index = start + 1
    while index < scalars.count {
      let next = GraphemeClass(scalars[index])
      let joins =
        switch next {
        case .control: scalars[index] == 0x0A && scalars[index - 1] == 0x0D
        case .extend, .conjunctExtend, .linker, .joiner, .spacing: previous != .control
        case .leading, .openSyllable, .closedSyllable: previous == .prepend || previous == .leading
        case .vowel:
          previous == .prepend || previous == .leading || previous == .vowel || previous == .openSyllable
        case .trailing:
          previous == .prepend || previous == .vowel || previous == .openSyllable || previous == .trailing
            || previous == .closedSyllable
        case .pictograph: previous == .prepend || isPictograph && previous == .joiner
        case .consonant: previous == .prepend || isConjunct && hasLinker
        case .other, .prepend: previous == .prepend
        }
      guard joins else { return index }
      if next == .pictograph {
        isPictograph = true
      } else if !next.extends, next != .joiner {
        isPictograph = false
      }
      switch next {
      case .consonant: (isConjunct, hasLinker) = (true, false)
      case .linker: hasLinker = isConjunct
      case .conjunctExtend, .joiner: break
      default: (isConjunct, hasLinker) = (false, false)
      }
      previous = next
      index += 1
    }
    return index
  }
}
