/// A safetensors file, checked whole when opened and mapped into memory.
///
/// The format (huggingface/safetensors, README): 8 bytes N, little endian; N bytes of JSON object,
/// padded with spaces, of `{"name": {"dtype", "shape", "data_offsets": [begin, end]}}` and
/// `"__metadata__"` of strings; then the data, to which the offsets are relative and which the
/// tensors tile without hole or overlap. Values are not looked at: they may be NaN.
///
///     let file = try SafetensorsFile("model.safetensors")
///     if let entry = file["shared.weight"] {
///       let bytes = file.bytes(of: entry)    // shape, dtype, bytes; valid as long as the file
///     }
public struct SafetensorsFile: Sendable {
  /// Where one tensor is and what it is.
  public struct Entry: Sendable, Equatable {
    /// The name, unique in the file.
    public let name: ByteString
    /// The element type, one of `SafetensorsType.names`.
    public let dtype: String
    /// The dimensions, none negative; empty for a scalar.
    public let shape: [Int]
    /// The bytes' place in the file, as long as `dtype` and `shape` say.
    public let range: Range<Int>
  }

  /// The largest header, as in the format's reference implementation.
  public static let maximumHeaderSize = 100_000_000

  /// The tensors in the header's order.
  public let entries: [Entry]

  /// The header's `__metadata__`, in order.
  public let metadata: [(key: ByteString, value: ByteString)]

  /// The file, which keeps the bytes alive.
  public let file: MappedFile

  private let places: [ByteString: Int]

  /// Opens and checks a file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `Failure(.missingInput)` if it can't be opened, `Failure(.data)` if it breaks a rule
  ///   of the format; the message names the file and the tensor.
  public init(_ path: String) throws(Failure) {
    let file = try MappedFile(path)
    var header = SafetensorsHeader(path: path)
    try header.read(file.bytes)
    self.file = file
    entries = header.entries
    metadata = header.metadata
    // The parser has refused a header that names a tensor twice.
    places = Dictionary(uniqueKeysWithValues: zip(entries.map(\.name), entries.indices))
  }

  /// The tensor of a name; nil if there is none. O(1).
  public subscript(name: ByteString) -> Entry? {
    places[name].map { entries[$0] }
  }

  /// The bytes of a tensor of this file, little endian, valid as long as the file.
  ///
  /// Other writers' files may put them at any address: load them unaligned.
  ///
  /// - Parameter entry: One of `entries`.
  /// - Returns: The bytes.
  public func bytes(of entry: Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
  }
}

/// The reading of a header, `SafetensorsFile`'s private part.
struct SafetensorsHeader {
  private(set) var entries: [SafetensorsFile.Entry] = []
  private(set) var metadata: [(key: ByteString, value: ByteString)] = []
  private let path: String

  init(path: String) {
    self.path = path
  }

  /// Reads the header of a whole file and checks it against the file's size.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    let json = try Self.header(bytes, path)
    let dataStart = 8 + json.count
    let dataCount = bytes.count - dataStart
    guard case .object(let members) = try JSON.parse(json, name: "\(path): header") else {
      throw failure("header: expected an object")
    }
    entries.reserveCapacity(members.count)
    for (name, value) in members.members {
      if name == "__metadata__" {
        try readMetadata(value)
      } else {
        try readEntry(name, value, dataStart: dataStart, dataCount: dataCount)
      }
    }
    try checkTiling(dataStart..<bytes.count)
  }

  /// The bytes of the header's JSON, checked to lie in the file.
  private static func header(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(Failure) -> UnsafeRawBufferPointer {
    guard bytes.count >= 8 else {
      throw Failure(
        .data,
        "\(path): is no safetensors file: expected 8 bytes or more, found \(bytes.count)")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(SafetensorsFile.maximumHeaderSize) else {
      throw Failure(
        .data,
        "\(path): is no safetensors file: expected a header of at most "
          + "\(SafetensorsFile.maximumHeaderSize) bytes, found \(length)")
    }
    guard length <= UInt64(bytes.count - 8) else {
      throw Failure(
        .data,
        "\(path): expected a header of \(length) bytes, found \(bytes.count - 8): "
          + "the file was cut off, copy it again")
    }
    let header = UnsafeRawBufferPointer(rebasing: bytes[8..<8 + Int(length)])
    guard header.first == UInt8(ascii: "{") else {
      throw Failure(
        .data, "\(path): is no safetensors file: expected a header that begins with \"{\"")
    }
    return header
  }

  private mutating func readMetadata(_ value: JSON) throws(Failure) {
    guard case .object(let members) = value else {
      throw failure("__metadata__: expected an object, found \(value.kindName)")
    }
    for (key, value) in members.members {
      guard case .string(let text) = value else {
        throw failure("__metadata__: \(key.quoted): expected a string, found \(value.kindName)")
      }
      metadata.append((key, text))
    }
  }

  private mutating func readEntry(
    _ name: ByteString, _ value: JSON, dataStart: Int, dataCount: Int
  ) throws(Failure) {
    guard case .object(let members) = value else {
      throw failure(name, "expected an object, found \(value.kindName)")
    }
    guard let dtype = members["dtype"]?.stringValue?.string, SafetensorsType.bits(dtype) != nil
    else {
      let found = members["dtype"].map(Self.shown) ?? "nothing"
      let known = SafetensorsType.names.joined(separator: " ")
      throw failure(name, "dtype: expected one of \(known), found \(found)")
    }
    let shape = try sizes(members["shape"], "shape", of: name)
    let offsets = try sizes(members["data_offsets"], "data_offsets", of: name)
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw failure(name, "data_offsets: expected [begin, end], found \(offsets)")
    }
    guard offsets[1] <= dataCount else {
      throw failure(
        name,
        "data_offsets: expected at most \(dataCount), the bytes of data in the file, "
          + "found \(offsets[1]): the file was cut off, copy it again")
    }
    guard let byteCount = SafetensorsType.byteCount(dtype, shape) else {
      throw failure(name, "the bytes of \(dtype) \(shape) are no number that this machine holds")
    }
    guard byteCount == offsets[1] - offsets[0] else {
      throw failure(
        name,
        "\(dtype) \(shape): expected \(byteCount) bytes, found \(offsets[1] - offsets[0])")
    }
    // Neither sum can overflow: both offsets lie in the file.
    let range = dataStart + offsets[0]..<dataStart + offsets[1]
    entries.append(.init(name: name, dtype: dtype, shape: shape, range: range))
  }

  /// The elements of an array of integers from 0.
  private func sizes(
    _ value: JSON?, _ field: String, of name: ByteString
  ) throws(Failure) -> [Int] {
    guard case .array(let elements)? = value else {
      throw failure(
        name, "\(field): expected an array, found \(value.map(Self.shown) ?? "nothing")")
    }
    var sizes: [Int] = []
    sizes.reserveCapacity(elements.count)
    for element in elements {
      guard case .integer(let size) = element, size >= 0 else {
        throw failure(
          name, "\(field): expected integers from 0 to \(Int.max), found \(Self.shown(element))")
      }
      sizes.append(size)
    }
    return sizes
  }

  /// Checks that the tensors lie end to end over the whole of the data.
  private func checkTiling(_ data: Range<Int>) throws(Failure) {
    let sorted = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = data.lowerBound
    for entry in sorted {
      guard entry.range.lowerBound == end else {
        let what = entry.range.lowerBound < end ? "an overlap" : "a hole before it"
        throw failure(
          entry.name,
          "data_offsets: expected to begin at \(end - data.lowerBound), "
            + "found \(entry.range.lowerBound - data.lowerBound): \(what)")
      }
      end = entry.range.upperBound
    }
    guard end == data.upperBound else {
      throw failure(
        "expected \(end - data.lowerBound) bytes of data, found \(data.count): "
          + "the end of the file belongs to no tensor")
    }
  }

  private static func shown(_ value: JSON) -> String {
    switch value {
    case .integer(let number): number.description
    case .number(let number): number.description
    case .string(let text): text.quoted
    default: value.kindName
    }
  }

  private func failure(_ name: ByteString, _ text: String) -> Failure {
    failure("tensor \(name.quoted): \(text)")
  }

  private func failure(_ text: String) -> Failure {
    Failure(.data, "\(path): \(text)")
  }
}
