import CNeedletail
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The activations against the double-precision functions of the C library.
@Suite("Functions of one number")
struct FunctionTests {
  /// Every sign, every binade and, between −20 and 20, steps of a thousandth.
  static let points: [Float] = {
    var numbers = Numbers(seed: 7)
    var points: [Float] = [0, -0.0]
    for exponent in -120...120 {
      for _ in 0..<20 {
        let x = Float(sign: .plus, exponent: exponent, significand: 1 + abs(numbers.float(0.999)))
        points += [x, -x]
      }
    }
    return points + (-20_000...20_000).map { Float($0) * 0.001 }
  }()

  static func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

  struct Function: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let activation: nt_activation
    let truth: @Sendable (Double) -> Double
    /// The error allowed, in units of the last place of the result, and the size below which only `absolute` counts.
    let ulps: Double
    let absolute: Double
  }

  static let functions: [Function] = [
    Function(testDescription: "identity", activation: nt_activation_identity, truth: { $0 }, ulps: 0, absolute: 0),
    // Float32 cannot tell the tails of Φ apart better than its polynomial does: 2e-8 is a sixth of the last place of 1.
    Function(
      testDescription: "gelu", activation: nt_activation_gelu, truth: { 0.5 * $0 * erfc(-$0 * 0.5.squareRoot()) },
      ulps: 4, absolute: 1e-7),
    Function(
      testDescription: "gelu_tanh", activation: nt_activation_gelu_tanh,
      truth: { $0 * sigmoid(2 * 0.797_884_560_802_865_4 * ($0 + 0.044715 * $0 * $0 * $0)) }, ulps: 4, absolute: 2e-7),
    Function(testDescription: "relu", activation: nt_activation_relu, truth: { max($0, 0) }, ulps: 0, absolute: 0),
    Function(
      testDescription: "silu", activation: nt_activation_silu, truth: { $0 * sigmoid($0) }, ulps: 4, absolute: 1e-30),
    Function(testDescription: "tanh", activation: nt_activation_tanh, truth: { tanh($0) }, ulps: 4, absolute: 1e-37),
    Function(
      testDescription: "sigmoid", activation: nt_activation_sigmoid, truth: { sigmoid($0) }, ulps: 4, absolute: 1e-37),
    // Rounding 1.702 x moves e^−1.702 x by as many units as the product is large.
    Function(
      testDescription: "quick_gelu", activation: nt_activation_quick_gelu, truth: { $0 * sigmoid(1.702 * $0) },
      ulps: 64, absolute: 1e-30),
  ]

  @Test("activations keep within their stated error", arguments: KernelTable.all, functions)
  func accuracy(table: KernelTable, function: Function) {
    let results = table.activated(Self.points, function.activation)
    var (worst, place) = (0.0, Float(0))
    for (x, result) in zip(Self.points, results) {
      let truth = function.truth(Double(x))
      let allowed = max(function.absolute, function.ulps * Double(Float(abs(truth)).ulp))
      let error = abs(Double(result) - truth)
      if error > 0, error > worst * allowed { (worst, place) = (allowed > 0 ? error / allowed : .infinity, x) }
    }
    #expect(worst <= 1, "\(function.testDescription)(\(place)) is off by \(worst) times what is allowed")
  }

  @Test("not a number stays not a number, and tails do not depend on the length", arguments: KernelTable.all, functions)
  func tails(table: KernelTable, function: Function) {
    var numbers = Numbers(seed: 8)
    let x = numbers.floats(400, 6)
    let whole = table.activated(x, function.activation)
    for count in lengths {
      expectSame(table.activated(Array(x[0..<count]), function.activation), Array(whole[0..<count]), "\(count)")
    }
    #expect(table.activated([Float](repeating: .nan, count: 21), function.activation).allSatisfy { $0.isNaN })
  }

  @Test("a gate is the activation and one product, in place as well", arguments: KernelTable.all, functions)
  func gate(table: KernelTable, function: Function) {
    var numbers = Numbers(seed: 11)
    for count in lengths + [511, 512, 513, 1152] {
      let (x, gates) = (numbers.floats(count, 6), numbers.floats(count, 2))
      let expected = zip(table.activated(x, function.activation), gates).map { $0 * $1 }
      expectSame(table.gated(x, gates, function.activation), expected, "\(count)")
      expectSame(table.gated(x, gates, function.activation, inPlace: true), expected, "\(count) in place")
    }
  }
}
