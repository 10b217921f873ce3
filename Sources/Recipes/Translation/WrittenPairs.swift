import SeqaeFiles
import SeqaeModels
import SeqaeTraining

/// What a model writes of the first sides of pairs, and the second sides, which it should have written.
struct WrittenPairs {
  /// A text, what was written of it, and what should have been.
  struct Pair {
    let text: [UInt8]
    let written: [UInt8]
    let reference: [UInt8]

    /// What a metric compares.
    var judged: JudgedLines.Texts {
      JudgedLines.Texts(hypothesis: written, references: [reference])
    }
  }

  private static let block = 64  // pairs that are written side by side

  private let model: TranslatorDirectory
  private let target: String?
  private let selection: Splits.Selection?
  private let search: BeamSearch
  private let progress: Progress
  private let start = Clock.seconds()
  private var corpora: [CorpusSource]  // still to be read, the last one first
  private var reader: CorpusReader?
  private var waiting: [Pair] = []  // the last one first
  private var count = 0

  /// Creates what writes of the pairs of corpora, or of those of a part of them; `target` names the language to translate to.
  init(
    _ model: TranslatorDirectory, _ corpora: [CorpusSource], of selection: Splits.Selection?,
    to target: String?, _ search: BeamSearch, _ progress: Progress
  ) {
    self.model = model
    self.selection = selection
    self.corpora = corpora.reversed()
    self.target = target
    self.search = search
    self.progress = progress
  }

  /// Returns the next pair with what was written of it; nil behind the last.
  mutating func next() throws(Failure) -> Pair? {
    if waiting.isEmpty { try write() }
    return waiting.popLast()
  }

  private mutating func write() throws(Failure) {
    var pairs: [CorpusReader.Record] = []
    while pairs.count < Self.block, let pair = try nextPair() { pairs.append(pair) }
    guard !pairs.isEmpty else {
      progress.clear()
      guard count > 0 else {
        throw Failure(
          .data,
          "the data has no pair of texts"
            + (selection.map { " of the part \($0.part.rawValue)" } ?? ""))
      }
      return
    }
    let texts = pairs.map { AcceptedLines.trimmed(($0.noisy ?? [])[...]) }
    let directions = try texts.map { text throws(Failure) in
      if let target { return try model.direction(to: target) }
      return try model.direction(of: text)
    }
    // As `seqae summarize` writes them.
    let longest = model.model.configuration.task == .summarization ? Translator.longestSummary : nil
    let written = model.write(texts, directions: directions, search, longest: longest)
    waiting = zip(texts, zip(written, pairs)).map {
      Pair(text: $0, written: $1.0[0].text, reference: $1.1.text)
    }.reversed()
    count += pairs.count
    progress.update(fraction: 0, seconds: Clock.seconds() - start) { "\(count) texts" }
  }

  private mutating func nextPair() throws(Failure) -> CorpusReader.Record? {
    while true {
      while let pair = try reader?.nextRecord() {
        if selection?.contains(record: [pair.noisy ?? [], pair.text]) ?? true { return pair }
      }
      if let count = reader?.emptyPairs, count > 0 {
        progress.note("without a reference: \(counted(count, "pair")), left out")
      }
      reader = nil
      guard let corpus = corpora.popLast() else { return nil }
      let progress = progress
      reader = try CorpusReader(corpus, report: { progress.note($0) })
    }
  }
}
