import SeqaeRandom

/// How Chinese characters are read in Mandarin, without tones.
///
/// Out of Unihan: kHanyuPinlu orders the readings of a character by how often it is read so, kTGHZ2013 and
/// kMandarin give the rest. How common a character is follows from kHanyuPinlu, kFrequency, kGradeLevel and the
/// order of kTGH.
struct Readings: Sendable {
  /// The table of the product.
  static let standard = Readings(ReadingTable.text)

  /// A syllable's number.
  typealias Syllable = Int

  // How often characters of the first two of the table's classes are drawn, by our own reading; the rarer ones
  // never are.
  private static let mostCommonWeight = 8.0
  private static let commonWeight = 2.0

  private var spellings: [[UInt8]] = []  // `v` for ü, as it is typed
  private var characters: [[(scalar: UInt32, weight: Double)]] = []
  private var near: [[Syllable]] = []
  private var readings: [UInt32: [Syllable]] = [:]
  private(set) var commonest: [UInt32] = []

  private init(_ table: StaticString) {
    let lines = table.withUTF8Buffer { bytes in
      bytes.split(separator: 0x0A).map { line in line.split(separator: 0x20).map { Array($0) } }
    }
    var second: [(UInt32, Syllable)] = []
    for fields in lines {
      guard fields.count == 5 else { continue }
      let syllable = spellings.count
      spellings.append(fields[0])
      characters.append([])
      for (place, field) in fields.dropFirst().enumerated() where field != Array("-".utf8) {
        for scalar in String(decoding: field, as: UTF8.self).unicodeScalars.map(\.value) {
          guard place < 3 else {
            second.append((scalar, syllable))
            continue
          }
          readings[scalar] = [syllable]
          if place == 0 { commonest.append(scalar) }
          if place < 2 {
            let weight = place == 0 ? Self.mostCommonWeight : Self.commonWeight
            characters[syllable].append((scalar, weight))
          }
        }
      }
    }
    for (scalar, syllable) in second { readings[scalar, default: []].append(syllable) }
    let numbers = Dictionary(
      spellings.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    near = spellings.map { spelling in
      NearSyllables.of(spelling).compactMap { numbers[$0] }
    }
  }

  /// The readings of a character, the most frequent one first; none for what is no known character.
  func syllables(of scalar: UInt32) -> [Syllable] { readings[scalar] ?? [] }

  /// All characters with their readings.
  var known: [UInt32: [Syllable]] { readings }

  /// The letters of a syllable, `v` for ü.
  func spelling(of syllable: Syllable) -> [UInt8] { spellings[syllable] }

  /// The syllables that sound nearly like one, itself not among them.
  func near(_ syllable: Syllable) -> [Syllable] { near[syllable] }

  /// Draws a common character of one of several syllables, other than `scalar`; nil if there is none.
  func draw(
    of syllables: [Syllable], otherThan scalar: UInt32, in script: ChineseScript,
    using random: Random
  ) -> UInt32? {
    let candidates = syllables.flatMap { characters[$0] }.filter {
      $0.scalar != scalar && !script.lacks($0.scalar)
    }
    guard !candidates.isEmpty else { return nil }
    return random.element(of: candidates.map(\.scalar), weights: candidates.map(\.weight))
  }

  /// Draws one of the most common characters.
  func drawCommon(in script: ChineseScript, using random: Random) -> UInt32 {
    while true {
      let scalar = random.element(of: commonest)
      if !script.lacks(scalar) { return scalar }
    }
  }
}

/// Syllables that many speakers do not tell apart.
enum NearSyllables {
  /// Initials that are confused, the longer spelling of a pair first.
  private static let initials = [
    ("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l"),
  ].map { (Array($0.utf8), Array($1.utf8)) }
  /// Finals that are confused: with and without the last letter.
  private static let finals = ["ang", "eng", "ing"].map { Array($0.utf8) }

  /// Returns spellings near one: with another initial, another final, or both; not all are syllables.
  static func of(_ spelling: [UInt8]) -> [[UInt8]] {
    let starts = [spelling] + otherInitials(spelling)
    let all = starts + starts.compactMap(otherFinal)
    var found: [[UInt8]] = []
    for other in all where other != spelling && !found.contains(other) { found.append(other) }
    return found
  }

  private static func otherInitials(_ spelling: [UInt8]) -> [[UInt8]] {
    var found: [[UInt8]] = []
    for (long, short) in initials {
      if spelling.starts(with: long) {
        found.append(short + spelling.dropFirst(long.count))
      } else if spelling.starts(with: short) {
        found.append(long + spelling.dropFirst(short.count))
      }
    }
    return found
  }

  private static func otherFinal(_ spelling: [UInt8]) -> [UInt8]? {
    for final in finals {
      if spelling.count >= final.count, spelling.suffix(final.count).elementsEqual(final) {
        return Array(spelling.dropLast())
      }
      if spelling.suffix(2).elementsEqual(final.prefix(2)) { return spelling + [final[2]] }
    }
    return nil
  }
}
