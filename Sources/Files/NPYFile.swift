/// An array in NumPy's file format, checked whole when opened and mapped into memory.
///
/// The format (NumPy Enhancement Proposal 1; versions 1, 2 and 3): the magic bytes `\x93NUMPY`, two bytes of
/// version, the header's length (2 bytes in version 1, else 4, little endian), the header, which is a Python
/// dictionary of `'descr'`, `'fortran_order'` and `'shape'`, and the elements. Taken are little-endian floats
/// of 4 and 8 bytes, row by row; other arrays are refused with what to do about them. Values are not looked
/// at: they may be NaN.
///
///     let file = try NPYFile("vectors.npy")
///     file.shape      // [1000, 256]
///     file.floats()   // its elements, row by row
public struct NPYFile: Sendable {
  /// What an array is made of.
  public enum Element: String, Sendable, CaseIterable {
    /// Floats of 4 bytes.
    case float32 = "<f4"
    /// Floats of 8 bytes.
    case float64 = "<f8"

    /// The bytes of one.
    public var byteCount: Int { self == .float32 ? 4 : 8 }
  }

  /// The longest header that is read; NumPy's own limit for files of unknown origin.
  public static let maximumHeaderSize = 10_000

  /// The type of the elements.
  public let element: Element

  /// The dimensions, none negative; empty for a scalar.
  public let shape: [Int]

  /// The number of elements.
  public let count: Int

  private let file: MappedFile
  private let dataStart: Int

  /// Opens and checks a file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `Failure(.missingInput)` if it can't be opened, `Failure(.data)` if it breaks a rule of the
  ///   format, is cut off or holds another kind of array.
  public init(_ path: String) throws(Failure) {
    let file = try MappedFile(path)
    let (text, dataStart) = try Self.header(file.bytes, path)
    var reader = NPYHeader(text, path: path)
    try reader.read()
    var count = 1
    for size in reader.shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: size)
      guard !overflows else { throw Self.tooLarge(reader.shape, path) }
      count = product
    }
    let (byteCount, overflows) = count.multipliedReportingOverflow(by: reader.element.byteCount)
    guard !overflows else { throw Self.tooLarge(reader.shape, path) }
    let found = file.bytes.count - dataStart
    guard byteCount == found else {
      let remedy =
        found < byteCount
        ? "the file was cut off, copy it again" : "what follows belongs to no array of this file"
      throw Failure(
        .data,
        "\(path): expected \(byteCount) bytes of \(reader.element.rawValue) \(reader.shape), found \(found): "
          + remedy)
    }
    (self.file, self.dataStart, self.count) = (file, dataStart, count)
    (element, shape) = (reader.element, reader.shape)
  }

  /// Returns the elements row by row, those of 8 bytes rounded; linear.
  public func floats() -> [Float] {
    switch element {
    case .float32: elements(as: Float.self) { $0 }
    case .float64: elements(as: Double.self) { Float($0) }
    }
  }

  /// Returns the elements row by row; linear.
  public func doubles() -> [Double] {
    switch element {
    case .float32: elements(as: Float.self) { Double($0) }
    case .float64: elements(as: Double.self) { $0 }
    }
  }

  private func elements<Stored: BitwiseCopyable, Value>(
    as type: Stored.Type, _ value: (Stored) -> Value
  ) -> [Value] {
    // The file keeps the bytes alive until the last is read.
    withExtendedLifetime(file) {
      (0..<count).map { index in
        let offset = dataStart + index * MemoryLayout<Stored>.size
        return value(file.bytes.loadUnaligned(fromByteOffset: offset, as: type))
      }
    }
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The text of the header and where the elements begin, checked to lie in the file.
  private static func header(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(Failure) -> (text: [UInt8], dataStart: Int) {
    guard bytes.starts(with: magic) else {
      throw Failure(.data, "\(path): is no .npy file: expected \\x93NUMPY at its start")
    }
    guard bytes.count >= 8 else { throw cutOff("a version", path) }
    let version = bytes[6]
    guard (1...3).contains(version), bytes[7] == 0 else {
      throw Failure(
        .data,
        "\(path): expected version 1.0, 2.0 or 3.0 of the format, found \(version).\(bytes[7])")
    }
    let textStart = version == 1 ? 10 : 12
    guard bytes.count >= textStart else { throw cutOff("the header's length", path) }
    let length =
      version == 1
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= maximumHeaderSize else {
      throw Failure(
        .data,
        "\(path): expected a header of at most \(maximumHeaderSize) bytes, found \(length): it holds no "
          + "array of plain numbers")
    }
    guard length <= bytes.count - textStart else {
      throw cutOff("a header of \(length) bytes", path)
    }
    return (Array(bytes[textStart..<textStart + length]), textStart + length)
  }

  private static func cutOff(_ expected: String, _ path: String) -> Failure {
    Failure(
      .data, "\(path): expected \(expected), found the file's end: it was cut off, copy it again")
  }

  private static func tooLarge(_ shape: [Int], _ path: String) -> Failure {
    Failure(.data, "\(path): the bytes of \(shape) are no number that this machine holds")
  }
}

/// The reading of a header's dictionary, `NPYFile`'s private part.
///
/// Of Python's literals it knows what NumPy writes for arrays of plain numbers: strings without escapes, `True` and
/// `False`, and tuples of whole numbers.
private struct NPYHeader {
  private(set) var element = NPYFile.Element.float32
  private(set) var shape: [Int] = []

  private let text: [UInt8]
  private let path: String
  private var position = 0

  init(_ text: [UInt8], path: String) {
    (self.text, self.path) = (text, path)
  }

  mutating func read() throws(Failure) {
    var seen: Set<String> = []
    try expect("{")
    while !take("}") {
      let key = try string()
      guard seen.insert(key).inserted else { throw wrong("one \(quoted(key))", "a second") }
      try expect(":")
      switch key {
      case "descr": try readElement()
      case "fortran_order": try readOrder()
      case "shape": try readShape()
      default: throw wrong("'descr', 'fortran_order' and 'shape'", quoted(key))
      }
      if !take(",") {
        try expect("}")
        break
      }
    }
    for key in ["descr", "fortran_order", "shape"] where !seen.contains(key) {
      throw wrong(quoted(key), "none")
    }
    skipSpace()
    guard position == text.count else { throw wrong("nothing after the dictionary", found()) }
  }

  private mutating func readElement() throws(Failure) {
    skipSpace()
    guard position < text.count, Self.quotes.contains(text[position]) else {
      throw Failure(
        .data, "\(path): header: expected an array of plain numbers: save its fields one by one")
    }
    let name = try string()
    guard let element = NPYFile.Element(rawValue: name) else {
      throw Failure(
        .data,
        "\(path): header: expected elements of type <f4 or <f8, found \(ByteString(name).quoted): save it "
          + "with array.astype('<f4')")
    }
    self.element = element
  }

  private mutating func readOrder() throws(Failure) {
    if take("False") { return }
    guard take("True") else { throw wrong("True or False", found()) }
    throw Failure(
      .data,
      "\(path): header: expected an array in C order, found Fortran's: save it with "
        + "numpy.ascontiguousarray(array)")
  }

  private mutating func readShape() throws(Failure) {
    try expect("(")
    while !take(")") {
      shape.append(try size())
      if !take(",") {
        // Without the comma, (3) would be a number in parentheses.
        guard shape.count > 1 else { throw wrong("a comma after a single size", found()) }
        try expect(")")
        break
      }
    }
  }

  private mutating func size() throws(Failure) -> Int {
    skipSpace()
    let start = position
    while position < text.count, (0x30...0x39).contains(text[position]) { position += 1 }
    let digits = String(decoding: text[start..<position], as: UTF8.self)
    guard let value = Int(digits) else {
      throw wrong("sizes from 0 to \(Int.max)", digits.isEmpty ? found() : digits)
    }
    return value
  }

  private static let quotes: [UInt8] = [UInt8(ascii: "'"), UInt8(ascii: "\"")]

  private mutating func string() throws(Failure) -> String {
    skipSpace()
    guard position < text.count, Self.quotes.contains(text[position]) else {
      throw wrong("a string", found())
    }
    let quote = text[position]
    let start = position + 1
    guard let end = text[start...].firstIndex(of: quote),
      !text[start..<end].contains(UInt8(ascii: "\\"))
    else { throw wrong("a string without escapes", found()) }
    position = end + 1
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func expect(_ word: String) throws(Failure) {
    guard take(word) else { throw wrong(quoted(word), found()) }
  }

  private func found() -> String {
    guard position < text.count else { return "the header's end" }
    return ByteString(Array(text[position...].prefix(12))).quoted
  }

  private func quoted(_ word: String) -> String { ByteString(word).quoted }

  private func wrong(_ expected: String, _ found: String) -> Failure {
    Failure(.data, "\(path): header: expected \(expected), found \(found)")
  }
}
