/// A table of characters: each with those that go with it, in the table's order.
struct CharacterGroups: Sendable {
  private var members: [UInt32] = []
  private var places: [UInt32: Range<Int32>] = [:]

  /// Reads groups with spaces or line feeds between: a character, then those that go with it.
  init(_ table: StaticString) {
    forEachGroup(in: table) { group in
      places[group[0]] = Int32(members.count)..<Int32(members.count + group.count - 1)
      members += group.dropFirst()
    }
  }

  /// Reads classes, whose members go with each other; a character may be in several.
  init(classes table: StaticString) {
    var others: [UInt32: [UInt32]] = [:]
    forEachGroup(in: table) { group in
      for scalar in group { others[scalar, default: []] += group.filter { $0 != scalar } }
    }
    for (scalar, others) in others {
      places[scalar] = Int32(members.count)..<Int32(members.count + others.count)
      members += others
    }
  }

  /// Calls `body` with each character that others go with, and with these.
  func forEach(_ body: (UInt32, ArraySlice<UInt32>) -> Void) {
    for (scalar, place) in places {
      body(scalar, members[Int(place.lowerBound)..<Int(place.upperBound)])
    }
  }

  /// What goes with a character; nothing for one that the table lacks.
  subscript(scalar: UInt32) -> ArraySlice<UInt32> {
    guard let place = places[scalar] else { return [] }
    return members[Int(place.lowerBound)..<Int(place.upperBound)]
  }
}

/// Calls `body` with the code points of each word of a table.
private func forEachGroup(in table: StaticString, _ body: ([UInt32]) -> Void) {
  table.withUTF8Buffer { bytes in
    var group: [UInt32] = []
    var index = 0
    while index < bytes.count {
      guard let scalar = decodeScalar(bytes, at: index) else { break }
      index += scalar.length
      if scalar.value > 0x20 {
        group.append(scalar.value)
      } else if !group.isEmpty {
        body(group)
        group.removeAll(keepingCapacity: true)
      }
    }
    if !group.isEmpty { body(group) }
  }
}
