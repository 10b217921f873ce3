/// A JSON document (RFC 8259): object members in file order, strings as bytes.
///
///     let config = try JSON.read("config.json")
///     config["d_model"]?.intValue            // 256
///     let line: JSON = ["step": 12, "loss": 2.5]
///     line.serialized()                      // the UTF-8 of {"step":12,"loss":2.5}
public enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that fits an `Int`.
  case integer(Int)
  /// Any other number, also an integer too large for `Int`.
  case number(Double)
  case string(ByteString)
  case array([JSON])
  // Indirect, so that the numbers and strings of long arrays take 16 bytes each and not 24.
  indirect case object(JSONObject)

  /// How much a parser takes before it refuses a document.
  public struct Limits: Sendable {
    /// The deepest nesting of arrays and objects.
    public var depth = 128
    /// The most values of all kinds, each of which may take about 100 bytes of memory.
    ///
    /// A tokenizer of 260,000 tokens and 580,000 merges, which are pairs, has 2 million.
    public var values = 2_500_000

    /// The limits that `JSON.parse` has by default: 128 levels and 2,500,000 values.
    public init() {}
  }

  /// Parses a whole document.
  ///
  /// Strict RFC 8259, plus a byte order mark which is skipped. Refused as `Failure(.data)` are
  /// duplicate keys, bytes that are not UTF-8, lone surrogate escapes, numbers beyond the range of
  /// a double, trailing bytes, and more than `limits` allows.
  ///
  /// - Parameters:
  ///   - bytes: The document.
  ///   - name: What messages call it: the file's name.
  ///   - limits: How deep and how large it may be.
  /// - Returns: The document's value.
  /// - Throws: `Failure(.data)`: `name: line 3, column 9 (byte 57): expected …, found …`.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, name: String, limits: Limits = Limits()
  ) throws(Failure) -> JSON {
    var parser = JSONParser(bytes, name: name, limits: limits)
    return try parser.document()
  }

  /// Parses a whole document, as `parse(_:name:limits:)` on raw memory does.
  public static func parse(
    _ bytes: [UInt8], name: String, limits: Limits = Limits()
  ) throws(Failure) -> JSON {
    let result = bytes.withUnsafeBytes { memory -> Result<JSON, Failure> in
      do throws(Failure) {
        return .success(try parse(memory, name: name, limits: limits))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Reads and parses a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limits: How deep and how large it may be.
  /// - Returns: The file's value.
  /// - Throws: `Failure(.missingInput)` if it can't be opened, `Failure(.data)` if malformed.
  public static func read(_ path: String, limits: Limits = Limits()) throws(Failure) -> JSON {
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    return try parse(file.bytes, name: path, limits: limits)
  }

  /// The document as UTF-8, without a final newline.
  ///
  /// Numbers take the fewest digits that read back as the same double; `.number` always keeps a
  /// point or an exponent, so that it reads back as `.number`. NaN and infinities, which JSON can't
  /// express, become `null`. Bytes that are not UTF-8 become U+FFFD.
  ///
  /// - Parameter pretty: Whether to break lines and indent by two spaces, as Python's
  ///   `json.dumps(indent=2)` does, and not to write the most compact form.
  /// - Returns: The bytes.
  public func serialized(pretty: Bool = false) -> [UInt8] {
    var writer = JSONWriter(pretty: pretty)
    writer.write(self)
    return writer.bytes
  }
}

// MARK: - Looking inside

extension JSON {
  /// The member of an object by its key; nil if absent or if this is no object.
  public subscript(key: ByteString) -> JSON? {
    objectValue?[key]
  }

  /// The bytes of a string.
  public var stringValue: ByteString? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The value of an integer; nil also for `1.0`, which is a `.number`.
  public var intValue: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The value of a number of either case.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The value of `true` or `false`.
  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements of an array.
  public var arrayValue: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members of an object.
  public var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// Whether this is `null`.
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// What kind of value this is, for messages: "an integer", "an object".
  public var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

// MARK: - Literals

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(ByteString(value)) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (ByteString, JSON)...) {
    self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
  }

  /// Makes a string value of a Swift string.
  public init(_ string: String) { self = .string(ByteString(string)) }
}
