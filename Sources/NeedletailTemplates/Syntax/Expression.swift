/// A part of a template that has a value.
struct Expression: Sendable {
  let kind: Kind
  /// Where it stands in the text.
  let offset: Int

  indirect enum Kind: Sendable {
    case constant(Constant)
    case name(String)
    case list([Expression])
    case tuple([Expression])
    case dictionary([(key: Expression, value: Expression)])
    /// `value.name`
    case attribute(Expression, String)
    /// `value[key]`
    case element(Expression, Expression)
    /// `value[from:to:step]`
    case slice(Expression, from: Expression?, to: Expression?, step: Expression?)
    case call(Expression, Arguments)
    /// `value|name(arguments)`; what a filter block or a `set` block holds has no value here.
    case filter(Expression?, String, Arguments)
    /// `value is name(arguments)`
    case test(Expression, String, Arguments)
    case not(Expression)
    case negative(Expression)
    case positive(Expression)
    case arithmetic(TemplateToken.Sign, Expression, Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    /// `a ~ b`
    case join([Expression])
    case comparison(Expression, [(Comparison, Expression)])
    /// `then if condition else otherwise`
    case choice(condition: Expression, then: Expression, otherwise: Expression?)
  }

  enum Constant: Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
  }

  enum Comparison: Sendable {
    case equal, notEqual, less, atMost, greater, atLeast, isIn, isNotIn
  }

  /// What a call hands over.
  struct Arguments: Sendable {
    var positional: [Expression] = []
    var named: [(name: String, value: Expression)] = []
    /// `*values`, each an argument.
    var spread: Expression?
    /// `**values`, each a named argument.
    var namedSpread: Expression?
  }
}
