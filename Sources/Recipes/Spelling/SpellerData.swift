import SeqaeFiles
import SeqaeModels
import SeqaeText
import SeqaeTraining

/// What a speller learns from: n-grams of clean Chinese text, and pairs.
struct SpellerData {
  /// The pairs for training, of equally many characters.
  private(set) var pairs: [DenoisingPair] = []
  /// The pairs for development.
  private(set) var development: [DenoisingPair] = []
  /// What was counted, of the pairs those for training only.
  let knowledge: SpellerKnowledge
  /// How many lines of clean text were counted, and how many characters.
  private(set) var counted = (lines: 0, characters: 0)

  /// Reads corpora: of pairs, and of clean text.
  ///
  /// A clean line that is a side of a pair is not counted: the pairs are learnt from as if the counts had never seen
  /// them.
  ///
  /// - Parameters:
  ///   - sources: what to read.
  ///   - splits: what is held out.
  ///   - configuration: the longest line, and what is forgotten.
  ///   - progress: where to report.
  /// - Throws: a `Failure` for a corpus that can't be read, and if there are no pairs or no clean lines.
  init(
    _ sources: [CorpusSource], _ splits: Splits, _ configuration: SpellerConfiguration,
    _ progress: Progress
  ) throws(Failure) {
    let rule = AcceptedLines.Rule(splits, limit: configuration.lineLimit)
    var mistakes = SpellingMistakes()
    var (meant, written) = ((1...3).map { NGramCounter(order: $0) }, NGramCounter(order: 2))
    var sides: Set<UInt64> = []
    for source in sources where source.isPairs {
      var lines = try AcceptedLines(
        source, rule, language: .chinese, report: { progress.note($0) })
      let before = (pairs.count, development.count)
      while let line = try lines.next() {
        guard let noisy = line.noisy else { continue }
        let pair = DenoisingPair(noisy: noisy, clean: line.text)
        guard SpellingEvaluation.isComparable(pair) else { continue }
        sides.formUnion([noisy, line.text].map { Splits.hash($0) })
        guard line.part == .training else {
          development.append(pair)
          continue
        }
        pairs.append(pair)
        mistakes.add(noisy: noisy, clean: line.text)
        let symbols = TextSymbols.of(line.text).symbols
        for order in meant.indices { meant[order].add(symbols) }
        written.add(TextSymbols.of(noisy).symbols)
      }
      progress.note(
        "\(source): \(pairs.count - before.0) pairs for training, \(development.count - before.1) "
          + "for development")
    }
    guard !pairs.isEmpty else {
      throw Failure(
        .data,
        "no pairs to learn from: name some, of equally many characters: --data "
          + "pairs.tsv:1,2")
    }
    var text = CountedText()
    for source in sources where !source.isPairs {
      var lines = try AcceptedLines(
        source, rule, language: .chinese, report: { progress.note($0) })
      var count = 0
      while let line = try lines.next() {
        guard line.part == .training, !sides.contains(line.hash) else { continue }
        text.append(line.text)
        count += 1
      }
      counted.lines += count
      progress.note("\(source): \(count) lines")
    }
    counted.characters = text.count
    guard counted.lines > 0 else {
      throw Failure(.data, "no clean text to count: name some with --data beside the pairs")
    }
    knowledge = SpellerKnowledge(
      corpus: text.table(leastCount: configuration.leastCount),
      meant: SpellerData.joined(meant.map { $0.finish() }), written: written.finish(),
      mistakes: mistakes.all.compactMap { mistake in
        guard let written = UInt16(exactly: mistake.written),
          let meant = UInt16(exactly: mistake.meant)
        else { return nil }
        return (written, meant, mistake.count)
      })
  }

  /// Lists of ascending orders as one: shorter n-grams have smaller keys.
  private static func joined(_ lists: [NGramList]) -> NGramList {
    NGramList(keys: lists.flatMap(\.keys), counts: lists.flatMap(\.counts))
  }
}

/// The symbols of much text, two bytes each.
private struct CountedText {
  private var symbols: [UInt16] = []
  private var ends: [Int] = []

  /// The number of characters.
  var count: Int { symbols.count }

  mutating func append(_ line: [UInt8]) {
    symbols += TextSymbols.of(line).symbols
    ends.append(symbols.count)
  }

  /// The counts of its n-grams, of four characters those that occur at least `leastCount` times.
  func table(leastCount: Int) -> NGramTable {
    NGramTable(
      (1...NGram.longest).map { order in
        var counter = NGramCounter(order: order)
        var start = 0
        for end in ends {
          counter.add(symbols[start..<end])
          start = end
        }
        let list = counter.finish()
        return order == NGram.longest ? list.pruned(below: leastCount) : list
      })
  }
}
