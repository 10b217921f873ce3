import SeqaeRandom

/// Puts wrong Chinese characters in the place of right ones, as those who write them do: `因该`, `座下`.
///
/// A character stands for a character, so nothing else changes, and never the length. A part of the wrong ones is
/// drawn as `SpellingMistakes` have them, at the places where they are most often made; the rest anywhere, among
/// characters of the same sound, of nearly the same, and of like shape.
package struct SpellingNoise: TextNoise {
  /// What is drawn, and how often.
  package struct Configuration: Sendable, Equatable {
    /// The share of texts that stay as they are.
    package var cleanShare = 0.3
    /// The share of a text's Chinese characters that become wrong is drawn up to this one, and one at least is.
    package var highestRate = 0.15
    /// The share of the wrong characters that are drawn as the mistakes have them.
    package var mistakeShare = 0.5

    /// Creates the configuration of our own choice.
    package init() {}
  }

  /// What a wrong character has in common with the right one.
  private enum Likeness: CaseIterable {
    case sameSound, nearSound, shape

    // Our own reading of which mistakes are made: by sound most of all.
    var weight: Double {
      switch self {
      case .sameSound: 0.6
      case .nearSound: 0.15
      case .shape: 0.25
      }
    }
  }

  private let configuration: Configuration
  private let mistakes: SpellingMistakes

  /// Creates the noise.
  ///
  /// - Parameters:
  ///   - configuration: shares and rates.
  ///   - mistakes: what a part of the wrong characters is drawn from.
  package init(
    _ configuration: Configuration = Configuration(),
    mistakes: SpellingMistakes = SpellingMistakes()
  ) {
    requireProbability(configuration.cleanShare, of: "SpellingNoise")
    requireProbability(configuration.highestRate, of: "SpellingNoise")
    requireProbability(configuration.mistakeShare, of: "SpellingNoise")
    self.configuration = configuration
    self.mistakes = mistakes
  }

  /// Returns `text` with wrong characters, or as it is.
  package func corrupt(_ text: String, using random: Random) -> String {
    guard !random.chance(configuration.cleanShare) else { return text }
    let graphemes = Graphemes(text)
    let scalars = graphemes.kinds.indices.map { index in
      graphemes.kinds[index] == .han ? graphemes.scalar(at: index) : nil
    }
    let places = scalars.indices.filter { scalars[$0] != nil }
    guard !places.isEmpty else { return text }
    let rate = random.uniform(in: 0...configuration.highestRate)
    let count = max(1, Int((rate * Double(places.count)).rounded()))
    let script = ChineseScript(of: graphemes)
    var wrong: [Int: UInt32] = [:]
    for _ in 0..<count {
      let place = place(of: places, scalars, random)
      guard wrong[place.index] == nil, let right = scalars[place.index] else { continue }
      wrong[place.index] =
        place.isMistaken
        ? mistakes.draw(inPlaceOf: right, using: random) : draw(for: right, script, random)
    }
    var result: [UInt8] = []
    result.reserveCapacity(graphemes.bytes.count + 8)
    for index in 0..<graphemes.count {
      if let scalar = wrong[index] {
        result.appendScalar(scalar)
      } else {
        result.append(contentsOf: graphemes[index])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Draws where the next wrong character stands, and whether it is to be one of the mistakes.
  private func place(
    of places: [Int], _ scalars: [UInt32?], _ random: Random
  ) -> (index: Int, isMistaken: Bool) {
    if random.chance(configuration.mistakeShare), !mistakes.isEmpty {
      let rates = places.map { index in scalars[index].map { mistakes.rate(of: $0) } ?? 0 }
      if rates.contains(where: { $0 > 0 }) {
        return (random.element(of: places, weights: rates), true)
      }
    }
    return (random.element(of: places), false)
  }

  /// Draws another character for a right one; nil where the tables have none.
  private func draw(
    for right: UInt32, _ script: ChineseScript, _ random: Random
  ) -> UInt32? {
    var kinds = Likeness.allCases
    while !kinds.isEmpty {
      let kind = random.element(of: kinds, weights: kinds.map(\.weight))
      if let scalar = draw(kind, for: right, script, random) { return scalar }
      kinds.removeAll { $0 == kind }
    }
    return nil
  }

  private func draw(
    _ kind: Likeness, for right: UInt32, _ script: ChineseScript, _ random: Random
  ) -> UInt32? {
    let readings = Readings.standard
    let syllable = readings.syllables(of: right).first
    switch kind {
    case .sameSound:
      return syllable.flatMap {
        readings.draw(of: [$0], otherThan: right, in: script, using: random)
      }
    case .nearSound:
      return syllable.flatMap {
        readings.draw(of: readings.near($0), otherThan: right, in: script, using: random)
      }
    case .shape:
      let shapes = LookAlikeNoise.shapes(of: right, in: script)
      guard !shapes.isEmpty else { return nil }
      return random.element(of: shapes, weights: shapes.indices.map { 1 / Double($0 + 1) })
    }
  }
}
