import SeqaeFiles

/// A set of 64-bit hashes that fits in a file: their first bits only, the gaps between them in Rice's
/// code.
///
/// A hash that is not in the set is found in it with probability count / 2^bits; one that is, always.
/// A member takes about bits − log₂ count + 1.5 bits of the file (Rice 1979; as a set: Putze, Sanders
/// & Singler 2007, "Golomb-compressed sequence").
package struct HashList: Sendable {
  /// How many of a hash's first bits are kept.
  package let bits: Int
  private let members: Set<UInt64>

  /// The number of members.
  package var count: Int { members.count }

  /// Whether there are no members.
  package var isEmpty: Bool { members.isEmpty }

  /// Creates the set without members.
  package init() {
    bits = 64
    members = []
  }

  /// Creates a set of hashes in which another hash is found once in 2^`rarity` lookups.
  package init(_ hashes: some Sequence<UInt64>, rarity: Int) {
    let hashes = Set(hashes)
    let size = Int.bitWidth - hashes.count.leadingZeroBitCount  // 2^size > count
    let bits = min(64, max(1, size + rarity))
    self.bits = bits
    members = Set(hashes.map { $0 >> UInt64(64 - bits) })
  }

  /// Whether a hash, or one that begins alike, is in the set.
  package func contains(_ hash: UInt64) -> Bool { members.contains(hash >> UInt64(64 - bits)) }
}

// MARK: - The file's form

extension HashList {
  /// How many signs of base64 a string of the file has.
  private static let lineLength = 960

  /// The set as the file has it: `{"count": 2, "bits": 40, "rice": 38, "gaps": ["…", …]}`.
  package var json: JSON {
    let rice = riceParameter
    var writer = BitWriter()
    var next: UInt64 = 0
    for member in members.sorted() {
      let gap = member - next
      for _ in 0..<(gap >> UInt64(rice)) { writer.append(1, count: 1) }
      writer.append(0, count: 1)
      writer.append(gap, count: rice)
      next = member &+ 1
    }
    let text = Base64.encode(writer.bytes)
    let lines = stride(from: 0, to: text.count, by: HashList.lineLength).map { start in
      JSON.string(ByteString(Array(text[start..<min(start + HashList.lineLength, text.count)])))
    }
    return [
      "count": .integer(members.count), "bits": .integer(bits), "rice": .integer(rice),
      "gaps": .array(lines),
    ]
  }

  /// Gaps average 2^bits / count: this many low bits of one are written as they are.
  private var riceParameter: Int {
    let size = Int.bitWidth - members.count.leadingZeroBitCount
    return max(0, min(bits - 1, bits - size))
  }

  /// Reads a set.
  ///
  /// - Parameters:
  ///   - json: What `json` gives.
  ///   - name: What messages call it.
  /// - Throws: `Failure(.data)` for anything else.
  package init(_ json: JSON, name: String) throws(Failure) {
    func number(_ key: ByteString, _ range: ClosedRange<Int>) throws(Failure) -> Int {
      guard let value = json[key]?.intValue, range.contains(value) else {
        throw Failure(
          .data,
          "\(name).\(key.string): expected an integer in \(range.lowerBound) … \(range.upperBound)")
      }
      return value
    }
    guard let lines = json["gaps"]?.arrayValue else {
      throw Failure(.data, "\(name).gaps: expected an array of strings in base64")
    }
    var text: [UInt8] = []
    for line in lines {
      guard let line = line.stringValue else {
        throw Failure(.data, "\(name).gaps: expected strings, found \(line.kindName)")
      }
      text += line.bytes
    }
    guard let bytes = Base64.decode(text) else {
      throw Failure(.data, "\(name).gaps: the strings are no base64")
    }
    bits = try number("bits", 1...64)
    let rice = try number("rice", 0...(bits - 1))
    // A member takes a bit at least, so the file bounds what is allocated.
    let count = try number("count", 0...(8 * bytes.count))
    var reader = BitReader(bytes)
    var members = Set<UInt64>(minimumCapacity: count)
    var next: UInt64 = 0
    let limit = UInt64.max >> UInt64(64 - bits)
    for number in 0..<count {
      guard let gap = reader.rice(rice),
        case let (member, overflows) = next.addingReportingOverflow(gap),
        !overflows, member <= limit
      else {
        throw Failure(.data, "\(name).gaps: hash \(number + 1) of \(count) is damaged")
      }
      members.insert(member)
      guard member < limit || number + 1 == count else {
        throw Failure(.data, "\(name).gaps: hash \(number + 2) of \(count) is damaged")
      }
      next = member &+ 1
    }
    guard reader.isAtEnd else {
      throw Failure(.data, "\(name).gaps: more than the \(count) hashes that \"count\" says")
    }
    self.members = members
  }
}

/// Bits into bytes, the highest first.
private struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8  // bits of the last byte

  mutating func append(_ value: UInt64, count: Int) {
    for place in (0..<count).reversed() {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |=
        UInt8(truncatingIfNeeded: value >> UInt64(place) & 1) << UInt8(7 - used)
      used += 1
    }
  }
}

private struct BitReader {
  private let bytes: [UInt8]
  private var position = 0  // in bits

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether less than a byte is left, and that is zero.
  var isAtEnd: Bool {
    let left = 8 * bytes.count - position
    guard left < 8, left >= 0 else { return false }
    return left == 0 || bytes[bytes.count - 1] & (0xFF >> UInt8(8 - left)) == 0
  }

  private mutating func bit() -> UInt64? {
    guard position < 8 * bytes.count else { return nil }
    defer { position += 1 }
    return UInt64(bytes[position >> 3] >> UInt8(7 - position & 7) & 1)
  }

  /// A number: a count of ones, a zero, and `low` bits as they are.
  mutating func rice(_ low: Int) -> UInt64? {
    var high: UInt64 = 0
    while let next = bit() {
      guard next == 1 else {
        guard high <= UInt64.max >> UInt64(low) else { return nil }
        var value = high
        for _ in 0..<low {
          guard let next = bit() else { return nil }
          value = value << 1 | next
        }
        return value
      }
      high += 1
    }
    return nil
  }
}
