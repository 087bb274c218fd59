internal import CZlib

/// Decompresses gzip data in pieces; a file may have several members.
@safe final class Inflater {
  /// Whether a member has ended and no other has begun.
  private(set) var isBetweenMembers = false
  private let stream: UnsafeMutablePointer<z_stream>
  private let isReady: Bool

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits of window, and 16 for the gzip header.
    isReady = unsafe inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  }

  deinit {
    if isReady { unsafe inflateEnd(stream) }
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
  }

  /// Begins the next member.
  func startMember() {
    isBetweenMembers = false
    unsafe inflateReset(stream)
  }

  /// Decompresses some of `input`, which loses what was used.
  ///
  /// - Parameters:
  ///   - output: Is replaced; may become empty where more input is needed.
  ///   - size: How many bytes `output` gets at most.
  /// - Returns: Whether the data is what it should be.
  func inflate(_ input: inout ArraySlice<UInt8>, into output: inout [UInt8], size: Int) -> Bool {
    guard isReady else { return false }
    var code = Z_OK
    let before = input.count
    var left = before
    unsafe input.withUnsafeBufferPointer { bytes in
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(before)
      output = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
        unsafe stream.pointee.next_out = buffer.baseAddress
        unsafe stream.pointee.avail_out = UInt32(size)
        code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        filled = unsafe size - Int(stream.pointee.avail_out)
      }
      left = unsafe Int(stream.pointee.avail_in)
      unsafe stream.pointee.next_in = nil
      unsafe stream.pointee.next_out = nil
    }
    input = input.dropFirst(before - left)
    isBetweenMembers = code == Z_STREAM_END
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR
  }
}
