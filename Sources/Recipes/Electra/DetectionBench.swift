import SeqaeFiles
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// Texts with noise of which it is known which characters are damaged, and clean ones.
///
/// A character is damaged if the shortest way from the noisy text to the clean one takes it away. Noise that takes
/// characters away leaves none to be named, so there is none of it here.
public struct DetectionBench: Sendable {
  /// The texts of one language and noise.
  public struct Cell: Sendable {
    /// The language of its texts.
    public let language: Language
    /// What was done to them.
    public let noise: TextNoiseKind
    /// The texts, UTF-8.
    public let texts: [[UInt8]]
    /// Whether each of their code points is damaged.
    public let isDamaged: [[Bool]]
  }

  /// The share of the letters or gaps that are spoilt.
  public static let rate = 0.1
  private static let seed: UInt64 = 2003  // apart from every seed of training

  /// The cells: languages, then noises.
  public let cells: [Cell]
  /// Lines of each language without noise.
  public let clean: [(language: Language, lines: [[UInt8]])]

  /// The noises that damage texts of a language by characters that are there.
  static func noises(for language: Language) -> [TextNoiseKind] {
    switch language {
    case .chinese: [.lookAlike, .sameSound, .ocr, .stray]
    case .english: [.lookAlike, .ocr, .stray, .keyboard]
    }
  }

  /// Makes the texts of lines.
  ///
  /// - Parameters:
  ///   - lines: clean lines of each language.
  ///   - limit: the most texts of a cell.
  init(_ lines: [(language: Language, lines: [[UInt8]])], limit: Int) {
    let used = lines.filter { !$0.lines.isEmpty }
    clean = used.map { ($0.language, Array($0.lines.prefix(limit))) }
    cells = used.flatMap { language, lines in
      DetectionBench.noises(for: language).map { noise in
        let pairs = NoisySet.pairs(
          lines, noise: noise, rates: Self.rate...Self.rate, seed: Self.seed, limit: limit)
        return Cell(
          language: language, noise: noise, texts: pairs.map(\.noisy),
          isDamaged: pairs.map { Self.damage(of: $0) })
      }
    }
  }

  /// Makes the texts of held-out lines, of at most `NoiseBench.longestLine` characters.
  ///
  /// - Parameters:
  ///   - corpora: where the lines come from.
  ///   - splits: what is held out; lines of the test part are taken.
  ///   - limit: the most texts of a cell.
  ///   - report: receives a line for each damaged line of a corpus.
  /// - Throws: a `Failure` for a corpus that can't be read or has no such line.
  public init(
    _ corpora: [CorpusSource], splits: Splits, limit: Int, report: @escaping (String) -> Void
  ) throws(Failure) {
    let held = try NoisySet.lines(
      corpora, part: .test, splits: splits, allLines: false, report: report)
    self.init(
      held.map { language, lines in
        let lengths = NoiseBench.shortestLine(language)...NoiseBench.longestLine
        var order = lines.filter { lengths.contains(codePointCount($0)) }
        Random(seed: Self.seed).child("order").shuffle(&order)
        return (language, order)
      }, limit: limit)
  }

  /// Whether each code point of a noisy text is damaged.
  package static func damage(of pair: DenoisingPair) -> [Bool] {
    func numbers(_ bytes: [UInt8]) -> [TokenID] {
      String(decoding: bytes, as: UTF8.self).unicodeScalars.map { TokenID($0.value) }
    }
    return EditScript.between(numbers(pair.noisy), numbers(pair.clean)).compactMap { action in
      switch action {
      case .keep: false
      case .delete: true
      case .write: nil
      }
    }
  }
}

// MARK: - Judging

extension DetectionBench {
  /// What a detector does on the texts.
  public struct Judgement: Sendable {
    /// The figures of each cell.
    public let cells: [DetectionFigures]
    /// Of each language's clean lines, the share without a named character, and the named ones among 1,000.
    public let clean: [(language: Language, quiet: Double, alarms: Double)]
    /// The least score that names a character.
    public let threshold: Double
  }

  /// Judges a detector.
  ///
  /// - Parameters:
  ///   - threshold: says from the scores of all clean characters what the least score is that names one.
  ///   - scores: returns a number for each code point of each text.
  /// - Returns: the figures.
  public func judge(
    threshold: (_ clean: [Float]) -> Double, scores: (_ texts: [[UInt8]]) -> [[Float]]
  ) -> Judgement {
    let cleanScores = clean.map { scores($0.lines) }
    let threshold = threshold(cleanScores.flatMap { $0.flatMap { $0 } })
    return Judgement(
      cells: cells.map { cell in
        DetectionFigures(
          scores(cell.texts).flatMap { $0 }, cell.isDamaged.flatMap { $0 }, threshold: threshold)
      },
      clean: zip(clean, cleanScores).map { part, scores in
        let named = scores.map { $0.count { Double($0) >= threshold } }
        let quiet = Double(named.count { $0 == 0 }) / Double(max(1, named.count))
        let characters = max(1, scores.reduce(0) { $0 + $1.count })
        return (
          part.language, quiet, 1000 * Double(named.reduce(0, +)) / Double(characters)
        )
      }, threshold: threshold)
  }
}
