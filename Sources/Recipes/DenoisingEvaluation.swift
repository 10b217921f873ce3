import SeqaeFiles
import SeqaeText
import SeqaeTraining

/// A text with noise and what it should be repaired to.
public struct DenoisingPair: Sendable, Equatable {
  /// The text with noise, UTF-8.
  public let noisy: [UInt8]
  /// The clean text, UTF-8.
  public let clean: [UInt8]

  /// Creates a pair.
  public init(noisy: [UInt8], clean: [UInt8]) {
    self.noisy = noisy
    self.clean = clean
  }

  /// The language of the clean text.
  public var language: Language { Language(of: clean) }

  /// Reads a file of noisy⇥clean lines.
  ///
  /// - Parameter path: the file, plain or gzip.
  /// - Returns: its pairs.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for a line that is not UTF-8 or not two
  ///   columns, and for a file without lines.
  public static func read(_ path: String) throws(Failure) -> [DenoisingPair] {
    var lines = try LineReader(path: path)
    var pairs: [DenoisingPair] = []
    while let line = try lines.next() {
      guard UTF8Validation.firstInvalid(in: line) == nil else {
        throw Failure(.data, "\(path): line \(lines.lineNumber) is not UTF-8: convert the file")
      }
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard fields.count == 2 else {
        throw Failure(
          .data,
          "\(path): line \(lines.lineNumber): expected a noisy and a clean text with a tab "
            + "between, found \(counted(fields.count, "column"))")
      }
      pairs.append(DenoisingPair(noisy: Array(fields[0]), clean: Array(fields[1])))
    }
    guard !pairs.isEmpty else {
      throw Failure(.data, "\(path): expected lines of a noisy and a clean text, found none")
    }
    return pairs
  }
}

/// How well texts are repaired, and how well clean ones are left alone.
///
/// Errors are Levenshtein distances in code points, and rates are of the clean text's code points.
/// Every clean text is repaired too: what is changed there is a false edit.
public struct DenoisingEvaluation: Sendable, Equatable {
  /// The number of pairs.
  public private(set) var pairs = 0
  /// The number of different clean texts.
  public private(set) var cleanLines = 0

  private var characters = 0
  private var errorsBefore = 0
  private var errorsAfter = 0
  private var exactPairs = 0
  private var rightCharacters = 0
  private var brokenCharacters = 0
  private var cleanCharacters = 0
  private var unchangedLines = 0
  private var falseEdits = 0

  /// Character error rate of the noisy texts.
  public var cerBefore: Double { ratio(errorsBefore, characters) }
  /// Character error rate of their repairs.
  public var cerAfter: Double { ratio(errorsAfter, characters) }
  /// The share of the errors that the repair removed; negative if it made more.
  public var errorsCut: Double {
    errorsBefore == 0 ? 0 : 1 - Double(errorsAfter) / Double(errorsBefore)
  }
  /// Of the characters that the noise had left right, the share that the repair has lost.
  public var broken: Double { ratio(brokenCharacters, rightCharacters) }
  /// The share of the pairs whose repair is the clean text.
  public var exact: Double { ratio(exactPairs, pairs) }
  /// The share of the clean texts that come back unchanged.
  public var cleanUnchanged: Double { ratio(unchangedLines, cleanLines) }
  /// Edits to clean texts, by 1,000 of their code points.
  public var falseEditsPer1000: Double { 1000 * ratio(falseEdits, cleanCharacters) }

  /// The metrics by the names that `seqae evaluate` prints.
  public var metrics: [Metric] {
    [
      Metric("cer_before", cerBefore), Metric("cer_after", cerAfter),
      Metric("errors_cut", errorsCut), Metric("exact", exact), Metric("broken", broken),
      Metric("clean_unchanged", cleanUnchanged),
      Metric("false_edits_per_1000", falseEditsPer1000),
      Metric("pairs", Double(pairs)), Metric("clean_lines", Double(cleanLines)),
    ]
  }

  private func ratio(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }

  private init() {}

  fileprivate mutating func add(_ pair: DenoisingPair, repaired: [UInt8]) {
    pairs += 1
    characters += codePointCount(pair.clean)
    errorsBefore += LevenshteinDistance.between(pair.noisy, pair.clean)
    errorsAfter += LevenshteinDistance.between(repaired, pair.clean)
    if repaired == pair.clean { exactPairs += 1 }
    let longest = max(pair.noisy.count, repaired.count)
    guard longest * pair.clean.count <= DenoisingEvaluation.alignmentLimit else { return }
    let right = DenoisingEvaluation.charactersFound(of: pair.clean, in: pair.noisy)
    let kept = DenoisingEvaluation.charactersFound(of: pair.clean, in: repaired)
    for (isRight, isKept) in zip(right, kept) where isRight {
      rightCharacters += 1
      if !isKept { brokenCharacters += 1 }
    }
  }

  // Aligning takes a byte for each pair of characters: texts of more than some thousand are left out.
  private static let alignmentLimit = 1 << 26

  /// For each code point of a text whether the best alignment with another finds it there.
  private static func charactersFound(of text: [UInt8], in other: [UInt8]) -> [Bool] {
    func numbers(_ bytes: [UInt8]) -> [TokenID] {
      String(decoding: bytes, as: UTF8.self).unicodeScalars.map { TokenID($0.value) }
    }
    return EditScript.between(numbers(other), numbers(text)).compactMap { action in
      switch action {
      case .keep: true
      case .write: false
      case .delete: nil
      }
    }
  }

  fileprivate mutating func add(clean: [UInt8], repaired: [UInt8]) {
    cleanLines += 1
    cleanCharacters += codePointCount(clean)
    if repaired == clean {
      unchangedLines += 1
    } else {
      falseEdits += LevenshteinDistance.between(repaired, clean)
    }
  }

  /// Judges the repairs of noisy texts alone, without any of clean ones.
  package init(_ pairs: [DenoisingPair], repaired: [[UInt8]]) {
    precondition(repaired.count == pairs.count, "\(repaired.count) repairs of \(pairs.count) texts")
    for (pair, text) in zip(pairs, repaired) { add(pair, repaired: text) }
  }

  /// Judges what became of clean texts.
  package init(clean lines: [[UInt8]], repaired: [[UInt8]]) {
    precondition(repaired.count == lines.count, "\(repaired.count) repairs of \(lines.count) texts")
    for (line, text) in zip(lines, repaired) { add(clean: line, repaired: text) }
  }

  /// Judges a repair, for all pairs and for each language that occurs.
  ///
  /// - Parameters:
  ///   - pairs: what to repair.
  ///   - repair: returns the repair of each text, in order.
  /// - Returns: the figures of all pairs, and of those of each language.
  /// - Throws: what `repair` throws.
  public static func run(
    _ pairs: [DenoisingPair], repair: (_ texts: [[UInt8]]) throws(Failure) -> [[UInt8]]
  ) throws(Failure) -> (all: DenoisingEvaluation, byLanguage: [(Language, DenoisingEvaluation)]) {
    let repaired = try repair(pairs.map(\.noisy))
    let firsts = firstsOfCleanTexts(pairs)
    let kept = try repair(firsts.map { pairs[$0].clean })
    return judge(pairs, repaired, firsts, kept)
  }

  /// Judges repairs that are there already, for all pairs and for each language that occurs.
  ///
  /// - Parameters:
  ///   - pairs: what was repaired.
  ///   - repairs: for each pair the repairs of its noisy and of its clean text; of a clean text that
  ///     occurs in several pairs the first counts.
  /// - Returns: the figures of all pairs, and of those of each language.
  public static func run(
    _ pairs: [DenoisingPair], repairs: [DenoisingPair]
  ) -> (all: DenoisingEvaluation, byLanguage: [(Language, DenoisingEvaluation)]) {
    let firsts = firstsOfCleanTexts(pairs)
    return judge(pairs, repairs.map(\.noisy), firsts, firsts.map { repairs[$0].clean })
  }

  /// Where each different clean text occurs first.
  private static func firstsOfCleanTexts(_ pairs: [DenoisingPair]) -> [Int] {
    var seen: Set<[UInt8]> = []
    return pairs.indices.filter { seen.insert(pairs[$0].clean).inserted }
  }

  /// Judges the repairs of all noisy texts, and of the clean texts of the pairs numbered `firsts`.
  private static func judge(
    _ pairs: [DenoisingPair], _ repaired: [[UInt8]], _ firsts: [Int], _ kept: [[UInt8]]
  ) -> (all: DenoisingEvaluation, byLanguage: [(Language, DenoisingEvaluation)]) {
    precondition(repaired.count == pairs.count, "\(repaired.count) repairs of \(pairs.count) texts")
    precondition(kept.count == firsts.count, "\(kept.count) repairs of \(firsts.count) texts")
    var all = DenoisingEvaluation()
    var parts = Language.allCases.map { ($0, DenoisingEvaluation()) }
    func part(_ text: [UInt8]) -> Int { Language(of: text) == parts[0].0 ? 0 : 1 }
    for (pair, text) in zip(pairs, repaired) {
      all.add(pair, repaired: text)
      parts[part(pair.clean)].1.add(pair, repaired: text)
    }
    for (line, text) in zip(firsts.map { pairs[$0].clean }, kept) {
      all.add(clean: line, repaired: text)
      parts[part(line)].1.add(clean: line, repaired: text)
    }
    return (all, parts.filter { $0.1.pairs > 0 })
  }
}
