#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Numbers of one kind in memory of their own, which the system is asked to hold in large pages: random reads of small
/// pages would spend much of their time on finding them.
///
/// `@unchecked Sendable`: who writes has the plane alone, or writes rows that nobody else reads or writes meanwhile; the
/// owners, ``CodeStore`` and ``GraphStore``, see to that.
@safe package final class Plane<Element: BitwiseCopyable>: @unchecked Sendable {
  /// How many numbers there are.
  package let count: Int
  let start: UnsafeMutablePointer<Element>
  /// Where the numbers are, if they are in a file: they can only be read then.
  private let region: MappedRegion?

  /// Allocates `count` numbers whose bytes are all 0.
  package init(zeros count: Int) {
    let large = 1 << 21
    let size = max(count, 1) * MemoryLayout<Element>.stride
    var raw: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&raw, size < large ? 64 : large, size) == 0, let raw = unsafe raw else {
      preconditionFailure("there is no memory for \(count) numbers")
    }
    #if canImport(Glibc) || canImport(Musl)
      if size >= large { unsafe madvise(raw, size, MADV_HUGEPAGE) }
    #endif
    unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    unsafe start = raw.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    region = nil
  }

  /// The numbers of a mapped file, little-endian; `nil` where the file does not hold a whole number of them or they do
  /// not stand at a multiple of their size.
  package init?(_ region: MappedRegion) {
    let size = MemoryLayout<Element>.stride
    guard region.count % size == 0, unsafe UInt(bitPattern: region.start) % UInt(size) == 0 else { return nil }
    count = region.count / size
    unsafe start = UnsafeMutableRawPointer(mutating: region.start).bindMemory(to: Element.self, capacity: max(count, 1))
    self.region = region
  }

  deinit {
    if region == nil { unsafe free(start) }
  }

  /// Whether the numbers are in a mapped file.
  package var isMapped: Bool { region != nil }

  /// Lends the bytes of all numbers.
  package func withBytes<Result, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count * MemoryLayout<Element>.stride)
    return try body(unsafe bytes.bytes)
  }

  /// A larger plane that begins with the numbers of this one.
  package func grown(to count: Int) -> Plane {
    let larger = Plane(zeros: max(count, self.count))
    unsafe larger.start.update(from: start, count: self.count)
    return larger
  }

  /// Writes one number everywhere.
  package func fill(with element: Element) { unsafe start.update(repeating: element, count: count) }

  /// One of the numbers.
  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "the number is in the plane")
      return unsafe start[index]
    }
    set {
      precondition(index >= 0 && index < count && !isMapped, "the number is in the plane, which may be written")
      unsafe start[index] = newValue
    }
  }

  /// Copies some of the numbers.
  package func values(_ range: Range<Int>) -> [Element] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the numbers are in the plane")
    return unsafe Array(UnsafeBufferPointer(start: start + range.lowerBound, count: range.count))
  }

  /// Writes numbers from a place on.
  package func replace(from index: Int, with values: [Element]) {
    precondition(index >= 0 && index + values.count <= count && !isMapped, "the plane has room and may be written")
    unsafe (start + index).update(from: values, count: values.count)
  }

  /// Rows of `width` numbers, those of `order` in that order.
  package func gathered(_ order: [UInt32], width: Int) -> Plane {
    precondition(order.allSatisfy { (Int($0) + 1) * width <= count }, "the rows are in the plane")
    let result = Plane(zeros: order.count * width)
    for (place, row) in order.enumerated() {
      unsafe (result.start + place * width).update(from: start + Int(row) * width, count: width)
    }
    return result
  }
}
