/// The Chinese characters that may have been meant where another stands.
///
/// Those that sound like it, by any of its readings, those that sound nearly like its first one, and those of like
/// shape.
package struct SpellingCandidates: Sendable {
  /// What two characters have in common.
  package struct Likeness: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    /// Creates a set of its bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A reading.
    package static let sameSound = Likeness(rawValue: 1)
    /// Readings that many speakers do not tell apart.
    package static let nearSound = Likeness(rawValue: 2)
    /// The shape.
    package static let shape = Likeness(rawValue: 4)
  }

  private var bySyllable: [Readings.Syllable: [UInt32]] = [:]
  private var shapes: [UInt32: [UInt32]] = [:]

  /// Creates the candidates of the product's tables.
  package init() {
    for (scalar, syllables) in Readings.standard.known {
      for syllable in syllables { bySyllable[syllable, default: []].append(scalar) }
    }
    LookAlikeNoise.shapes.forEach { scalar, others in
      shapes[scalar, default: []] += others
      for other in others { shapes[other, default: []].append(scalar) }
    }
  }

  /// Returns the characters that may have been meant by one, in no order.
  package func callAsFunction(_ scalar: UInt32) -> [UInt32: Likeness] {
    var found: [UInt32: Likeness] = [:]
    let readings = Readings.standard
    let syllables = readings.syllables(of: scalar)
    for syllable in syllables {
      for other in bySyllable[syllable] ?? [] { found[other] = .sameSound }
    }
    for syllable in syllables.first.map({ readings.near($0) }) ?? [] {
      for other in bySyllable[syllable] ?? [] where found[other] == nil {
        found[other] = .nearSound
      }
    }
    for other in shapes[scalar] ?? [] { found[other, default: []].insert(.shape) }
    found[scalar] = nil
    return found
  }
}
