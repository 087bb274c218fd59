/// A part of a template that writes text or changes what names mean.
struct Statement: Sendable {
  let kind: Kind
  /// Where it stands in the text.
  let offset: Int

  indirect enum Kind: Sendable {
    case text(String)
    /// `{{ value }}`
    case output(Expression)
    case condition([(test: Expression, body: [Statement])], otherwise: [Statement])
    case loop(Loop)
    case set(Target, Expression)
    /// `{% set name | filter %}…{% endset %}`
    case setBlock(Target, filter: Expression?, body: [Statement])
    case macro(Macro)
    /// `{% call(parameters) macro(…) %}…{% endcall %}`; the body is the macro's `caller`.
    case call(function: Expression, Expression.Arguments, caller: Macro)
    case filterBlock(Expression, body: [Statement])
    case with([(Target, Expression)], body: [Statement])
    /// `{% generation %}…{% endgeneration %}`: what an assistant said.
    case generation([Statement])
    case breakLoop, continueLoop
  }

  /// What a value is given to.
  indirect enum Target: Sendable {
    case name(String)
    case tuple([Target])
    /// `namespace.name`
    case attribute(of: String, String)

    /// The names that are given a value.
    var names: [String] {
      switch self {
      case .name(let name): [name]
      case .tuple(let targets): targets.flatMap(\.names)
      case .attribute: []
      }
    }
  }

  struct Loop: Sendable {
    let target: Target
    let values: Expression
    /// Which elements count.
    let condition: Expression?
    let body: [Statement]
    /// What is done where there were none.
    let otherwise: [Statement]
  }

  struct Macro: Sendable {
    /// Empty for the body of a call block.
    let name: String
    let parameters: [Parameter]
    let body: [Statement]
    /// Whether the body says `caller`, `kwargs` or `varargs`, and so takes them.
    let takesCaller: Bool
    let takesNamed: Bool
    let takesMore: Bool
  }

  struct Parameter: Sendable {
    let name: String
    let fallback: Expression?
  }
}
