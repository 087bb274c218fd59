import CNeedletail
import Testing

/// One narrow precision of one table, in safe form.
struct NarrowTable: Sendable, CustomTestStringConvertible {
  enum Precision: String, Sendable, CaseIterable { case int8, bf16 }

  let table: KernelTable
  let precision: Precision

  static let all: [NarrowTable] = KernelTable.all.flatMap { table in
    Precision.allCases.map { NarrowTable(table: table, precision: $0) }
  }

  var testDescription: String { "\(table.testDescription) \(precision.rawValue)" }

  private var kernels: nt_narrow {
    guard let all = unsafe nt_kernels_at(table.index) else { preconditionFailure("the table cannot run here") }
    return unsafe precision == .int8 ? all.pointee.int8 : all.pointee.bf16
  }

  /// How many codes a row may have.
  var codes: Int { Int(kernels.codes) }
  var panelWidth: Int { kernels.panel_width() }
  func panelBytes(k: Int) -> Int { kernels.panel_bytes(k) }
  func rowBytes(k: Int) -> Int { kernels.row_bytes(k) }

  /// A weight packed one panel at a time, last first.
  func packed(_ weight: [Float], n: Int, k: Int) -> GuardedBuffer<UInt8> {
    let source = GuardedBuffer(weight)
    let panels = (n + panelWidth - 1) / panelWidth
    let result = GuardedBuffer<UInt8>(count: panels * panelBytes(k: k), alignment: 64)
    for panel in (0..<panels).reversed() { unsafe kernels.pack(source.pointer, n, k, panel, 1, result.pointer) }
    return result
  }

  /// Rows prepared from x[m, k] whose rows stand `gap` floats further apart than they are long.
  func prepared(_ x: [Float], m: Int, k: Int, gap: Int = 0) -> GuardedBuffer<UInt8> {
    var spread = [Float](repeating: .nan, count: m == 0 ? 0 : m * (k + gap) - gap)
    for row in 0..<m { for i in 0..<k { spread[row * (k + gap) + i] = x[row * k + i] } }
    let source = GuardedBuffer(spread)
    let rows = GuardedBuffer<UInt8>(count: m * rowBytes(k: k), alignment: 64)
    unsafe kernels.prepare(source.pointer, k + gap, rows.pointer, m, k)
    return rows
  }

  /// activation(rows · weightᵀ + bias) + residual, over the rows from `row` and the panels from `panel` on.
  func linear(
    _ rows: GuardedBuffer<UInt8>, _ packed: GuardedBuffer<UInt8>, _ form: KernelTable.Linear = .init(), row: Int = 0,
    panel: Int = 0, m: Int, n: Int, k: Int
  ) -> [Float] {
    let bias = form.bias.map(GuardedBuffer.init)
    let residual = form.residual.map(GuardedBuffer.init)
    let output = form.inPlace ? residual ?? GuardedBuffer(count: m * n) : GuardedBuffer<Float>(count: m * n)
    unsafe kernels.linear(
      rows.pointer + row * rowBytes(k: k), packed.pointer + panel * panelBytes(k: k), bias?.pointer, form.activation,
      residual?.pointer, n, output.pointer, n, m, n, k)
    return output.values
  }
}
