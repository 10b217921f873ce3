/// The records of a TensorBoard event file, as bytes.
///
/// A record is TFRecord's: length (8 bytes) and its checksum, message and its checksum, all little-endian;
/// checksums are CRC-32C (RFC 3720, B.4), rotated and shifted so that the checksum of a checksum means
/// something (tensorflow/core/lib/hash/crc32c.h). The message is an `Event` in protobuf's wire format, its
/// field numbers those of tensorboard/compat/proto/event.proto and summary.proto.
package enum EventRecord {
  /// Returns the record that a file begins with.
  ///
  /// - Parameter time: seconds since 1970.
  /// - Returns: its bytes.
  package static func version(time: Double) -> [UInt8] {
    var event = event(time: time, step: 0)
    event.bytes(3, Array("brain.Event:2".utf8))
    return framed(event.encoded)
  }

  /// Returns the record that says a run goes on: what was reported from `step` on no longer counts.
  ///
  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - step: the first step that is made anew.
  /// - Returns: its bytes.
  package static func start(time: Double, step: Int) -> [UInt8] {
    var log = ProtobufMessage()
    log.varint(1, 1)  // status: START
    var event = event(time: time, step: step)
    event.bytes(7, log.encoded)
    return framed(event.encoded)
  }

  /// Returns a record of numbers.
  ///
  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - step: the step that they were measured at.
  ///   - values: numbers by their tags; TensorBoard groups tags by what stands before a slash.
  /// - Returns: its bytes.
  package static func scalars(
    time: Double, step: Int, _ values: [(tag: [UInt8], value: Double)]
  ) -> [UInt8] {
    var summary = ProtobufMessage()
    for (tag, number) in values {
      var value = ProtobufMessage()
      value.bytes(1, tag)
      value.float(2, Float(number))
      summary.bytes(1, value.encoded)
    }
    var event = event(time: time, step: step)
    event.bytes(5, summary.encoded)
    return framed(event.encoded)
  }

  private static func event(time: Double, step: Int) -> ProtobufMessage {
    var event = ProtobufMessage()
    event.double(1, time)
    // A field at its default has no bytes, or readers that compare bytes would differ.
    if step != 0 { event.varint(2, UInt64(bitPattern: Int64(step))) }
    return event
  }

  private static func framed(_ message: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(message.count))
    return length + littleEndian(maskedChecksum(length)) + message
      + littleEndian(maskedChecksum(message))
  }

  private static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let checksum = CRC32C.checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }
}

/// The cyclic redundancy check with Castagnoli's polynomial, a byte at a time.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78  // the polynomial, lowest bit first
    }
  }

  /// Returns the checksum of bytes: 0xE3069283 of "123456789".
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}

/// A message in protobuf's wire format, written field by field in the order of their numbers.
private struct ProtobufMessage {
  private(set) var encoded: [UInt8] = []

  private enum Wire: UInt64 {
    case varint = 0
    case eight = 1
    case counted = 2
    case four = 5
  }

  mutating func varint(_ field: UInt64, _ value: UInt64) {
    key(field, .varint)
    append(value)
  }

  mutating func double(_ field: UInt64, _ value: Double) {
    key(field, .eight)
    encoded += littleEndian(value.bitPattern)
  }

  mutating func float(_ field: UInt64, _ value: Float) {
    key(field, .four)
    encoded += littleEndian(value.bitPattern)
  }

  mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
    key(field, .counted)
    append(UInt64(value.count))
    encoded += value
  }

  private mutating func key(_ field: UInt64, _ wire: Wire) {
    append(field << 3 | wire.rawValue)
  }

  /// Seven bits a byte, the lowest first; the highest bit says that more follow.
  private mutating func append(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      encoded.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    encoded.append(UInt8(truncatingIfNeeded: rest))
  }
}

private func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
  (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
