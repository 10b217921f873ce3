import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// seqae-noisebench: language × noise × rate, the same texts and the same noise for every system.
///
/// The texts are held-out lines of up to 64 characters, for each set the first that the noise does change. Which
/// lines are drawn and what becomes of each depends on the corpora, the version and the seed below only, so
/// that figures of different systems can be set side by side; `write` puts the sets into files for systems that
/// are not ours.
public struct NoiseBench: Sendable {
  /// Changes with the noises, the rates or the way lines are drawn: figures of one version only compare.
  public static let version = 1
  /// The shares of the letters or gaps that are spoilt.
  public static let rates = [0.05, 0.1, 0.15, 0.2, 0.4]
  /// The longest line, in code points.
  public static let longestLine = 64

  /// The shortest line, in code points: some context, of a few words.
  static func shortestLine(_ language: Language) -> Int { language == .chinese ? 6 : 16 }
  private static let seed: UInt64 = 2026

  /// The pairs of one language, noise and rate.
  public struct Cell: Sendable {
    /// The language of its texts.
    public let language: Language
    /// What was done to them.
    public let noise: BenchNoise
    /// How much of it.
    public let rate: Double
    /// The texts with and without noise.
    public let pairs: [DenoisingPair]

    /// The cell's name, as its file has it: `zh-deletion-10`.
    public var name: String {
      "\(language.rawValue)-\(noise.rawValue)-\(Int((rate * 100).rounded()))"
    }
  }

  /// The cells: languages, then noises, then rates.
  public let cells: [Cell]

  private let clean: [(language: Language, lines: [[UInt8]])]

  /// Makes the benchmark of held-out lines.
  ///
  /// - Parameters:
  ///   - corpora: where the lines come from.
  ///   - splits: what is held out; lines of the test part are taken.
  ///   - limit: how many lines each cell has, and each language without noise.
  ///   - report: receives a line for each damaged line of a corpus.
  /// - Throws: a `Failure` for a corpus that can't be read or has no such line.
  public init(
    _ corpora: [CorpusSource], splits: Splits, limit: Int, report: @escaping (String) -> Void
  ) throws(Failure) {
    var cells: [Cell] = []
    var clean: [(language: Language, lines: [[UInt8]])] = []
    for (language, lines) in try NoisySet.lines(
      corpora, part: .test, splits: splits, allLines: false, report: report)
    {
      let random = Random(seed: Self.seed)
      let lengths = Self.shortestLine(language)...Self.longestLine
      var order = lines.filter { lengths.contains(codePointCount($0)) }
      random.child("order").shuffle(&order)
      guard !order.isEmpty else { continue }
      clean.append((language, Array(order.prefix(limit))))
      for noise in BenchNoise.all(for: language) {
        for rate in Self.rates {
          let root = random.child(noise.rawValue).child(UInt64((rate * 100).rounded()))
          var pairs: [DenoisingPair] = []
          for line in order where pairs.count < limit {
            let noisy = noise.corrupt(
              String(decoding: line, as: UTF8.self), rate: rate, language,
              using: root.child(Splits.hash(line)))
            if Array(noisy.utf8) != line {
              pairs.append(DenoisingPair(noisy: Array(noisy.utf8), clean: line))
            }
          }
          cells.append(Cell(language: language, noise: noise, rate: rate, pairs: pairs))
        }
      }
    }
    self.cells = cells
    self.clean = clean
  }

  /// Judges a system on every cell.
  ///
  /// - Parameters:
  ///   - progress: receives how many cells are done after each.
  ///   - repair: returns the repairs of a cell's noisy texts, in order.
  /// - Returns: the figures of each cell.
  /// - Throws: what `repair` throws.
  public func run(
    progress: (Int) -> Void, repair: (_ cell: Cell) throws(Failure) -> [[UInt8]]
  ) throws(Failure) -> [DenoisingEvaluation] {
    var figures: [DenoisingEvaluation] = []
    for cell in cells {
      figures.append(DenoisingEvaluation(cell.pairs, repaired: try repair(cell)))
      progress(figures.count)
    }
    return figures
  }

  /// The languages that the corpora have lines of.
  public var languages: [Language] {
    clean.map(\.language)
  }

  /// Lines of a language without noise, as many as a cell has.
  public func cleanLines(_ language: Language) -> [[UInt8]] {
    clean.first { $0.language == language }?.lines ?? []
  }

  /// The name of the set of a language's lines without noise, as its file has it: `zh-none-0`.
  public static func cleanName(_ language: Language) -> String { "\(language.rawValue)-none-0" }

  /// Writes the cells as files of noisy⇥clean lines, one each, and so the lines without noise.
  ///
  /// - Parameter folder: made if missing.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(to folder: String) throws(Failure) {
    try Path.makeDirectories(folder)
    for cell in cells { try Self.write(cell.pairs, cell.name, in: folder) }
    for language in languages {
      let pairs = cleanLines(language).map { DenoisingPair(noisy: $0, clean: $0) }
      try Self.write(pairs, Self.cleanName(language), in: folder)
    }
  }

  private static func write(
    _ pairs: [DenoisingPair], _ name: String, in folder: String
  ) throws(Failure) {
    try AtomicFile.write(Path.join(folder, name + ".tsv")) {
      (writer: inout FileWriter) throws(Failure) in
      for pair in pairs { try writer.write(pair.noisy + [0x09] + pair.clean + [0x0A]) }
    }
  }

  /// Reads another system's repairs of a cell, a line for each noisy text.
  ///
  /// - Parameters:
  ///   - cell: what was repaired.
  ///   - folder: holds a file of the cell's name, ending in `.txt`.
  /// - Returns: the repairs.
  /// - Throws: a `Failure` for a missing file or another number of lines.
  public static func repairs(of cell: Cell, in folder: String) throws(Failure) -> [[UInt8]] {
    try repairs(of: cell.name, count: cell.pairs.count, in: folder)
  }

  /// Reads what another system made of a language's clean lines.
  ///
  /// - Parameters:
  ///   - language: whose lines.
  ///   - folder: holds a file of the name `cleanName` gives, ending in `.txt`.
  /// - Returns: the lines, in the order of `cleanLines`.
  /// - Throws: a `Failure` for a missing file or another number of lines.
  public func cleanRepairs(
    _ language: Language, in folder: String
  ) throws(Failure) -> [[UInt8]] {
    let count = cleanLines(language).count
    return try Self.repairs(of: Self.cleanName(language), count: count, in: folder)
  }

  private static func repairs(
    of name: String, count: Int, in folder: String
  ) throws(Failure) -> [[UInt8]] {
    let path = Path.join(folder, name + ".txt")
    var lines = try LineReader(path: path)
    var repairs: [[UInt8]] = []
    while let line = try lines.next() { repairs.append(line) }
    guard repairs.count == count else {
      throw Failure(
        .data, "\(path): expected \(count) lines, as \(name).tsv has, found \(repairs.count)")
    }
    return repairs
  }
}
