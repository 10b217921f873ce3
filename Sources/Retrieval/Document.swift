import SeqaeFiles

/// A text that can be found, as an index keeps it.
public struct Document: Sendable, Equatable {
  /// What tells it from all others of an index.
  public let id: ByteString
  /// Its title, UTF-8; empty for none.
  public let title: [UInt8]
  /// UTF-8.
  public let text: [UInt8]
  /// What else is known of it, by which searches may be narrowed.
  public let metadata: JSONObject

  /// Creates a document.
  public init(
    id: ByteString, title: [UInt8] = [], text: [UInt8], metadata: JSONObject = JSONObject()
  ) {
    (self.id, self.title, self.text, self.metadata) = (id, title, text, metadata)
  }

  /// Title and text, a space between, for what takes a document as one text.
  public var wholeText: [UInt8] { title.isEmpty ? text : title + [0x20] + text }

  /// The hash of all of it: two of one id differ if their checksums do.
  public var checksum: UInt64 {
    var hash = FNV1a()
    for part in [id.bytes, title, text, JSON.object(metadata).serialized()] { hash.add(part: part) }
    return hash.value
  }

  /// The metadata that searches may be narrowed by: texts, numbers, yes and no, and each of an array of these.
  ///
  /// Numbers, `true` and `false` are spelled as JSON does.
  public var fields: [(key: ByteString, value: ByteString)] {
    metadata.members.flatMap { key, value in
      (value.arrayValue ?? [value]).compactMap { value in
        switch value {
        case .string(let text): (key, text)
        case .integer, .number, .bool: (key, ByteString(value.serialized()))
        case .null, .array, .object: nil
        }
      }
    }
  }

  /// Reads one line of a file of documents: `{"id", "text", "title"?, …}`.
  ///
  /// `_id` stands for `id`, as BEIR's collections have it; an id may be a whole number. Other members, and those of an
  /// object `metadata`, are its metadata.
  ///
  /// - Parameters:
  ///   - json: the line.
  ///   - place: where it stands, for messages.
  /// - Throws: `Failure(.data)` if the id or the text is missing or of another type.
  init(_ json: JSON, at place: String) throws(Failure) {
    guard let members = json.objectValue else {
      throw Failure(
        .data, "\(place): expected {\"id\", \"text\"}, found \(json.kindName)")
    }
    id = try Self.id(members, at: place)
    func text(_ name: ByteString) throws(Failure) -> [UInt8]? {
      guard let value = members[name], !value.isNull else { return nil }
      guard let text = value.stringValue else {
        throw Failure(.data, "\(place): \(name.quoted): expected a string, found \(value.kindName)")
      }
      return text.bytes
    }
    guard let body = try text("text") else {
      throw Failure(.data, "\(place): expected a member \"text\", found none")
    }
    self.text = body
    title = try text("title") ?? []
    var metadata = members["metadata"]?.objectValue ?? JSONObject()
    for (key, value) in members.members where !Self.ownMembers.contains(key) {
      metadata[key] = value
    }
    self.metadata = metadata
  }

  private static let ownMembers: Set<ByteString> = ["id", "_id", "title", "text", "metadata"]

  /// Reads the id of an object.
  static func id(_ members: JSONObject, at place: String) throws(Failure) -> ByteString {
    guard let value = members["id"] ?? members["_id"] else {
      throw Failure(.data, "\(place): expected a member \"id\", found none")
    }
    if let number = value.intValue { return ByteString("\(number)") }
    guard let id = value.stringValue, !id.isEmpty else {
      throw Failure(
        .data, "\(place): \"id\": expected a string that isn't empty, found \(value.kindName)")
    }
    return id
  }
}
