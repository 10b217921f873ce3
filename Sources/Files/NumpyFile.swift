/// NumPy's `.npy` files of one matrix of numbers, which `numpy.load` and `numpy.save` read and write.
///
/// The format (NumPy Enhancement Proposal 1): 6 bytes `\x93NUMPY`, a version, the length of a header, little endian; the
/// header, a Python dictionary of `descr`, `fortran_order` and `shape` padded with spaces and ended by a line feed; then
/// the numbers.
public struct NumpyFile: Sendable, Equatable {
  /// The number of rows; 1 for a file of one axis.
  public let rows: Int
  /// The number of values in a row.
  public let columns: Int
  /// The values, row by row.
  public let values: [Float]

  /// What a file begins with.
  public static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Creates a matrix of `values`, row by row.
  public init(_ values: [Float], rows: Int, columns: Int) {
    precondition(
      values.count == rows * columns, "NumpyFile: \(values.count) values for \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// Reads a file.
  ///
  /// - Parameter path: its name.
  /// - Throws: `Failure(.missingInput)` if it can't be opened, `Failure(.data)` if it is damaged or holds anything but
  ///   one or two axes of float32 or float64 in C's order.
  public init(_ path: String) throws(Failure) {
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    try self.init(file.bytes, name: path)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: what messages call it.
  /// - Throws: `Failure(.data)`, as above.
  public init(_ bytes: UnsafeRawBufferPointer, name: String) throws(Failure) {
    func wrong(_ what: String) -> Failure { Failure(.data, "\(name): \(what)") }
    guard bytes.count >= 10, bytes.starts(with: Self.magic) else {
      throw wrong("is no .npy file: it doesn't begin as one")
    }
    let lengthBytes: Int
    switch bytes[6] {
    case 1: lengthBytes = 2
    case 2, 3: lengthBytes = 4
    default: throw wrong("is of version \(bytes[6]) of .npy, this reads 1, 2 and 3")
    }
    let start = 8 + lengthBytes
    guard bytes.count >= start else { throw wrong("ends in its header") }
    let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    guard bytes.count - start >= length else { throw wrong("ends in its header") }
    var header = NumpyHeader(Array(bytes[start..<(start + length)]))
    guard header.read() else {
      throw wrong("its header is no dictionary of descr, fortran_order and shape")
    }
    guard let size = ["<f4": 4, "<f8": 8][header.type] else {
      throw wrong(
        "holds elements of type \(ByteString(header.type).quoted): convert it with .astype('<f4')")
    }
    guard !header.isFortran else {
      throw wrong("is in Fortran's order: convert it with numpy.ascontiguousarray")
    }
    guard (1...2).contains(header.shape.count) else {
      throw wrong("has \(header.shape.count) axes: expected rows of values")
    }
    let shape = header.shape.count == 1 ? [1, header.shape[0]] : header.shape
    let (count, isHuge) = shape[0].multipliedReportingOverflow(by: shape[1])
    let data = bytes.count - start - length
    guard !isHuge, count <= data / size, count * size == data else {
      throw wrong("its shape \(header.shape) and its \(data) bytes of data don't fit")
    }
    let base = start + length
    let values = (0..<count).map { index -> Float in
      let place = base + index * size
      return size == 4
        ? Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        : Float(
          Double(
            bitPattern: UInt64(
              littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))))
    }
    self.init(values, rows: shape[0], columns: shape[1])
  }

  /// The file's bytes: version 1.0, float32, two axes.
  public var bytes: [UInt8] {
    var header = Array(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }".utf8)
    // The data begins at a multiple of 64.
    let room = (64 - (10 + header.count + 1) % 64) % 64
    header += [UInt8](repeating: UInt8(ascii: " "), count: room) + [UInt8(ascii: "\n")]
    let length = UInt16(header.count)
    var bytes = Self.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + header
    bytes.reserveCapacity(bytes.count + 4 * values.count)
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }
    return bytes
  }

  /// Writes the file, all or nothing.
  ///
  /// - Parameter path: the file to create or replace.
  /// - Throws: `Failure(.cannotCreate)` or `Failure(.io)`.
  public func write(to path: String) throws(Failure) {
    try AtomicFile.write(path, bytes: bytes)
  }
}

/// The reading of a header: as much of Python's syntax as NumPy writes.
private struct NumpyHeader {
  private(set) var type = ""
  private(set) var isFortran = false
  private(set) var shape: [Int] = []

  private let text: [UInt8]
  private var place = 0

  init(_ text: [UInt8]) { self.text = text }

  /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, its keys in any order; false if it is
  /// anything else.
  mutating func read() -> Bool {
    var keys: Set<String> = []
    guard take("{") else { return false }
    while !take("}") {
      guard let key = string(), keys.insert(key).inserted, take(":") else { return false }
      switch key {
      case "descr":
        guard let value = string() else { return false }
        type = value
      case "fortran_order":
        if take("True") {
          isFortran = true
        } else if !take("False") {
          return false
        }
      case "shape":
        guard readShape() else { return false }
      default: return false
      }
      guard take(",") || isNext("}") else { return false }
    }
    skipSpaces()
    return place == text.count && keys.count == 3
  }

  private mutating func readShape() -> Bool {
    guard take("(") else { return false }
    while !take(")") {
      guard let value = number(), shape.count < 32 else { return false }
      shape.append(value)
      guard take(",") || isNext(")") else { return false }
    }
    return true
  }

  private mutating func skipSpaces() {
    while place < text.count, text[place] == 0x20 || text[place] == 0x0A { place += 1 }
  }

  private mutating func isNext(_ word: String) -> Bool {
    skipSpaces()
    return text[place...].starts(with: word.utf8)
  }

  private mutating func take(_ word: String) -> Bool {
    guard isNext(word) else { return false }
    place += word.utf8.count
    return true
  }

  private mutating func string() -> String? {
    skipSpaces()
    guard place < text.count, text[place] == UInt8(ascii: "'") || text[place] == UInt8(ascii: "\"")
    else { return nil }
    let quote = text[place]
    guard let end = text[(place + 1)...].firstIndex(of: quote) else { return nil }
    defer { place = end + 1 }
    return String(decoding: text[(place + 1)..<end], as: UTF8.self)
  }

  private mutating func number() -> Int? {
    skipSpaces()
    let digits = text[place...].prefix { (0x30...0x39).contains($0) }
    place += digits.count
    return Int(String(decoding: digits, as: UTF8.self))
  }
}
