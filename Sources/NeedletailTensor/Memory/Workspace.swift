internal import CNeedletail

/// A region of a ``Workspace``: the name of one activation, shape `[rows, columns]`, row-major and dense.
///
/// A block is a value without a pointer: the workspace may move its memory, and a recording of what was computed can
/// hold blocks for as long as it likes.
package struct Block: Sendable, Equatable {
  package let offset: Int
  package let rows: Int
  package let columns: Int

  /// Some of the rows.
  package func rows(_ range: Range<Int>) -> Block {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "the rows lie in the block")
    return Block(offset: offset + range.lowerBound * columns, rows: range.count, columns: columns)
  }

  init(offset: Int, rows: Int, columns: Int) {
    self.offset = offset
    self.rows = rows
    self.columns = columns
  }

  /// Some of the columns of a block that has one row.
  package init(slice block: Block, columns range: Range<Int>) {
    precondition(block.rows == 1 && range.lowerBound >= 0 && range.upperBound <= block.columns, "columns lie within")
    self.init(offset: block.offset + range.lowerBound, rows: 1, columns: range.count)
  }
}

/// The activations of one run of a model on one thread: a stack of blocks in one piece of memory that grows to what
/// the largest batch needs and is used again for the next.
///
/// Operations read and write blocks through it. Inference releases blocks as soon as nothing reads them; training
/// keeps them, which is all that a backward pass needs (`docs/decisions/0004-operations.md`).
package final class Workspace {
  package let kernels: Kernels
  /// Who shares the steps of this run; `nil` where it has its thread alone.
  package var crew: Crew?
  /// What the time goes to, where somebody wants to know.
  package var profile: Profile?
  /// Who takes the maps of every attention, where somebody wants to see them.
  package var attentionMaps: AttentionMaps.Receiver?
  /// How many leading tokens of each text its tokens attend to, where those at its end only look; `nil` for all.
  package var attended: [Int]?
  private var memory: AlignedFloats
  private var used = 0

  package init(kernels: Kernels) {
    self.kernels = kernels
    self.memory = AlignedFloats(zeros: 1 << 16)
  }

  /// A new block whose values are undefined.
  package func allocate(rows: Int, columns: Int) -> Block {
    let offset = used
    used += (rows * columns + 15) & ~15
    if used > memory.count {
      let larger = AlignedFloats(zeros: max(used, memory.count + memory.count / 2))
      unsafe larger.start.update(from: memory.start, count: offset)
      memory = larger
    }
    return Block(offset: offset, rows: rows, columns: columns)
  }

  /// A new block with the values of a matrix.
  package func allocate(_ matrix: Matrix) -> Block {
    let block = allocate(rows: matrix.rows, columns: matrix.columns)
    unsafe pointer(block).update(from: matrix.values, count: matrix.values.count)
    return block
  }

  /// Runs `body` and releases every block that it allocated.
  package func scoped<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let mark = used
    defer { used = mark }
    return try body()
  }

  /// Runs `body` as a part of the work whose time is wanted.
  package func spending<Result, Failure: Error>(
    on part: Profile.Part, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outer = profile?.current
    profile?.begin(part)
    defer { profile?.begin(outer) }
    return try body()
  }

  /// Copies a block out.
  package func values(of block: Block) -> [Float] {
    unsafe Array(UnsafeBufferPointer(start: pointer(block), count: block.rows * block.columns))
  }

  /// Where a block lies now; valid until the next allocation.
  func pointer(_ block: Block) -> UnsafeMutablePointer<Float> {
    precondition(block.offset + block.rows * block.columns <= memory.count, "the block is of this workspace")
    return unsafe memory.start + block.offset
  }
}
