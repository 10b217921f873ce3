import SeqaeFiles
import SeqaeText

/// What a first reading of some corpora finds: how many lines there are for training, and which of them
/// are for development.
///
/// Of the lines for training no more is kept than the first block of each corpus and language, and a
/// hash of every block by which `ShuffledLines` recognises them when it reads them again.
package struct DenoiserData {
  /// The lines of one corpus in one language.
  package struct Stream: Sendable {
    /// The corpus.
    package let source: CorpusSource
    /// The language of its lines.
    package let language: Language
    /// The number of lines for training.
    package fileprivate(set) var trainingCount = 0
    /// The number of lines for development.
    package fileprivate(set) var developmentCount = 0
    /// The first lines for training, at most as many as the window has.
    package fileprivate(set) var firstBlock = LineStore()
    /// A hash of all lines for training up to the end of each block, the last one being shorter.
    package fileprivate(set) var blockHashes: [UInt64] = []

    /// Whether its lines are pairs of a spoilt text and its original.
    package var isPairs: Bool { source.isPairs }

    /// The corpus as `--data` names it.
    package var name: String { source.description }

    fileprivate var hash = emptyHash

    fileprivate init(_ source: CorpusSource, _ language: Language) {
      self.source = source
      self.language = language
    }

    fileprivate mutating func add(_ line: AcceptedLines.Line, window: Int) {
      guard line.part == .training else {
        developmentCount += 1
        return
      }
      if trainingCount < window { firstBlock.append(line.stored) }
      trainingCount += 1
      hash = DenoiserData.hash(hash, line)
      if trainingCount.isMultiple(of: window) { blockHashes.append(hash) }
    }

    fileprivate mutating func finish(window: Int) {
      if !trainingCount.isMultiple(of: window) { blockHashes.append(hash) }
    }
  }

  /// Each corpus and language that has lines.
  package private(set) var streams: [Stream] = []
  /// What decides which lines are accepted.
  package let rule: AcceptedLines.Rule
  /// The number of lines of a block.
  package let window: Int

  /// Which characters the pairs for training have in the place of which.
  package private(set) var mistakes = SpellingMistakes()

  /// The classes of the lines, sorted, where the corpora have classes.
  package private(set) var labels: [ByteString] = []

  private static let mostLabels = 1000
  private var samples: [Language: LineSample] = [:]
  private var pairSample: LineSample

  /// The hash of no lines.
  package static let emptyHash = Splits.hash([])

  /// The hash of some lines and one more.
  package static func hash(_ hash: UInt64, _ line: AcceptedLines.Line) -> UInt64 {
    (hash ^ line.hash) &* 0x100_0000_01B3
  }

  /// The number of training lines.
  package var trainingCount: Int { streams.reduce(0) { $0 + $1.trainingCount } }

  /// Identifies the training lines and the order in which they are drawn.
  package var fingerprint: String {
    let hash = streams.reduce(Self.emptyHash) { ($0 ^ $1.hash) &* 0x100_0000_01B3 }
    return "\(trainingCount) lines, \(String(hash, radix: 16)), in blocks of \(window)"
  }

  /// Reads corpora.
  ///
  /// - Parameters:
  ///   - sources: what to read.
  ///   - splits: what is held out; lines of the test and withheld ones are not used.
  ///   - limit: lines of more characters are cut at sentence bounds.
  ///   - window: the number of lines that are shuffled together and kept in memory.
  ///   - development: the most lines of a language that are kept for development.
  ///   - labelled: whether the first side of each pair is the class of the second.
  ///   - isJudged: whether the development lines of a corpus are kept.
  ///   - report: receives a line for each line that is left out as damaged.
  /// - Throws: a `Failure` for a corpus that can't be read, if no training line is left, or for a pipe of
  ///   more lines than a window, since it would have to be read again.
  package init(
    _ sources: [CorpusSource], _ splits: Splits, limit: Int, window: Int = 1 << 18,
    development: Int = 1000, labelled: Bool = false,
    isJudged: (CorpusSource) -> Bool = { _ in true }, report: @escaping (String) -> Void
  ) throws(Failure) {
    precondition(window > 0, "DenoiserData: blocks of \(window) lines")
    rule = AcceptedLines.Rule(splits, limit: limit, labelled: labelled)
    var labels: Set<ByteString> = []
    self.window = window
    pairSample = LineSample(limit: development)
    for source in sources {
      var lines = try AcceptedLines(source, rule, report: report)
      var streams = Language.allCases.map { Stream(source, $0) }
      let keepsDevelopment = isJudged(source)
      while let line = try lines.next() {
        guard keepsDevelopment || line.part == .training else { continue }
        streams[line.language == .chinese ? 0 : 1].add(line, window: window)
        take(line, development: development)
        guard labelled, let label = line.noisy else { continue }
        labels.insert(ByteString(label))
        guard labels.count <= Self.mostLabels else {
          throw Failure(
            .data,
            "\(source): more than \(Self.mostLabels) different classes: expected FILE:CLASS,TEXT, columns in that order"
          )
        }
      }
      for index in streams.indices { streams[index].finish(window: window) }
      self.streams += streams.filter { $0.trainingCount > 0 || $0.developmentCount > 0 }
      let most = streams.reduce(0) { max($0, $1.trainingCount) }
      guard most <= window || source.paths.allSatisfy(Path.isRegularFile) else {
        throw Failure(
          .data,
          "\(source.path): it is no file, so it can't be read again, and has \(most) lines, more than "
            + "shuffle_window=\(window): write them to a file or raise shuffle_window")
      }
    }
    self.labels = labels.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    guard trainingCount > 0 else {
      let names = sources.map(\.description).joined(separator: ", ")
      throw Failure(.data, "\(names): no line for training: expected clean lines of UTF-8")
    }
  }

  /// Keeps a development line, and counts the mistakes of a training pair.
  private mutating func take(_ line: AcceptedLines.Line, development: Int) {
    switch (line.part, line.noisy) {
    case (.development, nil):
      samples[line.language, default: LineSample(limit: development)].add(
        line.text, hash: line.hash)
    case (.development, _?): pairSample.add(line.stored, hash: line.hash)
    case (.training, let noisy?) where !rule.isLabelled:
      mistakes.add(noisy: noisy, clean: line.text)
    default: break
    }
  }

  /// Returns the development lines of a language that differ, a sample of at most as many as are kept,
  /// whatever the order of corpora and lines. Pairs are not among them.
  package func development(_ language: Language) -> [[UInt8]] { samples[language]?.sorted ?? [] }

  /// The development pairs, a sample of at most as many as are kept.
  package var developmentPairs: [DenoisingPair] {
    pairSample.sorted.compactMap { line in
      line.firstIndex(of: UInt8(ascii: "\t")).map { tab in
        DenoisingPair(noisy: Array(line[..<tab]), clean: Array(line[(tab + 1)...]))
      }
    }
  }
}
