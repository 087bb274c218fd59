internal import CNeedletail

/// Rows as a narrow product takes them, made of a few rows at a time; for int8 rotated as the weight is (``Rotation``),
/// which leaves the product what it is.
@unsafe struct RowRounding {
  /// `nil` where rows are not rotated.
  let rotate:
    (
      @convention(c) (
        UnsafePointer<Float>, Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>, Int, Int
      ) -> Int
    )?
  let prepare: @convention(c) (UnsafePointer<Float>, Int, UnsafeMutableRawPointer, Int, Int) -> Void
  /// `[m, k]`.
  let input: UnsafeMutablePointer<Float>
  /// What each feature is multiplied by before the rotation, `[k]`, or `nil` for 1.
  let factors: UnsafePointer<Float>?
  let output: UnsafeMutableRawPointer
  /// Bytes from one row of the output to the next.
  let stride: Int
  /// For each thread room for the rotated rows of a piece.
  let scratch: UnsafeMutablePointer<Float>
  let m: Int
  let k: Int
  /// Rows of a piece.
  let rows: Int

  /// Rounds the rows of a piece, on the thread of this place.
  func round(_ piece: Int, _ place: Int) {
    let first = unsafe piece * rows
    let count = unsafe min(rows, m - first)
    let (from, to) = unsafe (input + first * k, output + first * stride)
    guard let rotate = unsafe rotate else { return unsafe prepare(from, k, to, count, k) }
    let rotated = unsafe scratch + place * rows * k
    _ = unsafe rotate(from, k, factors, rotated, count, k)
    unsafe prepare(rotated, k, to, count, k)
  }
}
