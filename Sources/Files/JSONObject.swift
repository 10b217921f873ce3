/// The members of a JSON object, in order, each key once.
///
///     var object: JSONObject = ["a": 1, "b": 2]
///     object["b"] = 3                        // keeps its place
///     object["c"] = 4                        // goes to the end
///     object["a"] = nil                      // removed
///
/// Looking up a key is O(1); removing one is O(count).
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
  /// The members in order.
  public private(set) var members: [(key: ByteString, value: JSON)] = []

  // Places by key, only above a size from which a hash beats comparing: most objects are small.
  private var index: [ByteString: Int]?
  private static let largestScanned = 8

  /// Makes an empty object.
  public init() {}

  /// Makes an object of members whose keys differ.
  public init(_ members: [(key: ByteString, value: JSON)]) {
    self.members.reserveCapacity(members.count)
    for member in members {
      let isNew = append(member.key, member.value)
      precondition(isNew, "JSONObject: key \(member.key.quoted) is given twice")
    }
  }

  public init(dictionaryLiteral elements: (ByteString, JSON)...) {
    self.init(elements.map { (key: $0.0, value: $0.1) })
  }

  /// The number of members.
  public var count: Int { members.count }

  /// Whether there are no members.
  public var isEmpty: Bool { members.isEmpty }

  /// The value of a key; setting replaces it in place or appends it, setting nil removes it.
  public subscript(key: ByteString) -> JSON? {
    get {
      place(of: key).map { members[$0].value }
    }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?):
        members[place].value = value
      case (nil, let value?):
        append(key, value)
      case (let place?, nil):
        members.remove(at: place)
        rebuildIndex()
      case (nil, nil):
        break
      }
    }
  }

  /// Appends a member unless the key is there, and says whether it was appended.
  @discardableResult
  mutating func append(_ key: ByteString, _ value: JSON) -> Bool {
    if index != nil {
      if let place = index?.updateValue(members.count, forKey: key) {
        index?[key] = place
        return false
      }
      members.append((key, value))
      return true
    }
    guard place(of: key) == nil else { return false }
    members.append((key, value))
    if members.count > Self.largestScanned { rebuildIndex() }
    return true
  }

  private func place(of key: ByteString) -> Int? {
    if let index { return index[key] }
    return members.firstIndex { $0.key == key }
  }

  private mutating func rebuildIndex() {
    guard members.count > Self.largestScanned else {
      index = nil
      return
    }
    var places: [ByteString: Int] = [:]
    places.reserveCapacity(members.count)
    for (place, member) in members.enumerated() { places[member.key] = place }
    index = places
  }
}

extension JSONObject: Equatable {
  /// Compares the members regardless of their order, which means nothing in JSON.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.count == right.count else { return false }
    if zip(left.members, right.members).allSatisfy({ $0.key == $1.key }) {
      return zip(left.members, right.members).allSatisfy { $0.value == $1.value }
    }
    return left.members.allSatisfy { right[$0.key] == $0.value }
  }
}
