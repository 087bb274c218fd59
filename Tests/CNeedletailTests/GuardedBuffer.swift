#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Testing

/// Memory that ends exactly where an unreadable page begins and starts after a page of canaries, so that a kernel that
/// reads or writes past the end faults, and one that writes before the start is noticed.
@safe final class GuardedBuffer<Element> {
  let count: Int
  let pointer: UnsafeMutablePointer<Element>
  private let base: UnsafeMutableRawPointer
  private let lead: Int
  private let length: Int

  private static var canary: UInt8 { 0xa5 }

  /// Holds `count` elements of unspecified value; the bytes are rounded up to a multiple of `alignment`.
  init(count: Int, alignment: Int = 1) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let bytes = (count * MemoryLayout<Element>.stride + alignment - 1) / alignment * alignment
    let whole = (bytes + page - 1) / page * page + page
    unsafe base = mmap(nil, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    let guarded = unsafe mprotect(base + whole, page, PROT_NONE)
    precondition(guarded == 0, "the guard page could not be protected")
    lead = whole - bytes
    length = whole + page
    self.count = count
    unsafe memset(base, Int32(Self.canary), lead)
    unsafe pointer = (base + lead).bindMemory(to: Element.self, capacity: count)
  }

  /// Holds a copy of `values`.
  convenience init(_ values: [Element]) {
    self.init(count: values.count)
    for (index, value) in values.enumerated() { unsafe pointer[index] = value }
  }

  deinit { unsafe munmap(base, length) }

  /// A copy of the elements, after a look at the canaries.
  var values: [Element] {
    var intact = true
    for offset in 0..<lead where unsafe base.load(fromByteOffset: offset, as: UInt8.self) != Self.canary {
      intact = false
    }
    #expect(intact, "a kernel wrote before the start of its buffer")
    return unsafe Array(UnsafeBufferPointer(start: pointer, count: count))
  }
}
